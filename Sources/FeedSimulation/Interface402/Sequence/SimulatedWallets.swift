/// The wallets that pay each other in a simulated feed: always the same ones, so that rules can name them.
package enum SimulatedWallets {
    /// Solana public keys in base58.
    package static let solana = [
        "3VvYHwsgH5EnEXrS9Wtyy8zbVrikexf395Xa1Ze4qxKQ", "72FQ5PGvwNC862Af7QLNJGcYuwdAk2DHHCzgTxx3ghso",
        "BPmo45ExBM2uhyG2wzWvUxL8tzqU6CUydaJKrzMLod5h", "GeP4pztqPzBqdJxHWqTMaZBZhvR9qoqcvDFY6sw2wPjw",
        "3fq5DS14GYBf8zMJgqJTN9gCJqG1kz8KQG6ZNpU2essU", "4zDXvU97Lzur4wfbVRYuXH2g8EEoWngd2cCmMvWez811",
        "BoBnAofc1JmETavDbzYxhJ1Nu1qakrA8xtoTLjVCGx6h", "G6m3VpiJQ9HdddYsPBU81qXdBmnpKYsC7Ki4PTFKZGUK",
    ]

    /// EVM addresses in mixed case: they compare in any case.
    package static let evm = [
        "0x04651346A95BC0C6822842a0dA9a2121F8529629", "0xB5637e0386fa9FD714b4cE72322A51e37215dED5",
        "0x56aEB9B85d5005c27d604Df504442ab15b5716fB",
    ]
}

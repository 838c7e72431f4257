import RelayModel
import Testing
import X402Payments

/// A payment that the official client of x402 made from fixed keys, with a blockhash and a memo that the server named.
enum PaymentVector {
    static let payerSeed = "0101010101010101010101010101010101010101010101010101010101010101"
    static let feePayerSeed = "0707070707070707070707070707070707070707070707070707070707070707"
    static let recipient = "GyGKxMyg1p9SsHfm15MkNUu1u9TN2JtTspcdmrtGUdse"
    static let feePayer = "GmaDrppBC7P5ARKV8g3djiwP89vz1jLK23V2GBjuAEGB"
    static let memo = "pi_3abc123def456"
    static let blockhash = "EZ3rST5dvHmbanh75jc4PuLfV96vp9fEYBVeNk4FfM1k"
    static let amount: UInt64 = 30_000
    static let clientSignature =
        "5Vz8XtyGNXpgdWDrUxFRjMjtkyyvBh7toVqKSE56xxFSuQktz9Sdz2HajWPWchKoeeM27zXtY3uxMw37JMFxWKUb"
    static let transaction =
        "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADhEEUrC5YuGdvR"
        + "hQ8R58MPR00g2QJcoAsQsPf3E9LPEKILwus32bTM1AIKSFAhN/ghT5qHfpvYS3i6rq1IYhgAgAIBBAjqSmxj4pxSCr71UHsTLsX5"
        + "lUd2rr6+e5JCHuppFEbSLIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29cK8kCOGhpAsJh82TGFPHsq0/z4F9YGhwIBT/H"
        + "U9NN52y3u4T1/jPeFaQeWwjr0hpa8fhuRvZTRT6HDzBHpR7Q4AMGRm/lIRcy/+ytunLDm+e8jOW7xfcSayxDmzpAAAAABUpTWpkp"
        + "IQZNJOhxYNo4fHw1td28kruB5B+oQEEFRI0G3fbh12Whk9nL4UbO63msHLSF7V9bN5E6jPWFfv8Aqcb6evO+2606PWXzaqvJdDGx"
        + "u+TC0vbg5HymAgNFL11hyV29u5s5tb9yxXaxLxIjPB/vcv+BhIj3ODTS8YLYlusEBAAFAiBOAAAEAAkDAQAAAAAAAAAGBAIHAwEK"
        + "DDB1AAAAAAAABgUAEHBpXzNhYmMxMjNkZWY0NTYA"
    /// Without the byte of its version.
    static let message =
        "02010408ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c8a88e3dd7409f195fd52db2d3cba"
        + "5d72ca6709bf1d94121bf3748801b40f6f5c2bc90238686902c261f364c614f1ecab4ff3e05f581a1c08053fc753d34de76c"
        + "b7bb84f5fe33de15a41e5b08ebd21a5af1f86e46f653453e870f3047a51ed0e00306466fe5211732ffecadba72c39be7bc8c"
        + "e5bbc5f7126b2c439b3a40000000054a535a992921064d24e87160da387c7c35b5ddbc92bb81e41fa8404105448d06ddf6e1"
        + "d765a193d9cbe146ceeb79ac1cb485ed5f5b37913a8cf5857eff00a9c6fa7af3bedbad3a3d65f36aabc97431b1bbe4c2d2f6"
        + "e0e47ca60203452f5d61c95dbdbb9b39b5bf72c576b12f12233c1fef72ff818488f73834d2f182d896eb0404000502204e00"
        + "000400090301000000000000000604020703010a0c30750000000000000605001070695f3361626331323364656634353600"

    /// The entry of `accepts` in version 2, as the server sent it.
    static let requirements = """
        {"scheme":"exact","network":"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",\
        "asset":"EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",\
        "amount":"30000",\
        "payTo":"GyGKxMyg1p9SsHfm15MkNUu1u9TN2JtTspcdmrtGUdse","maxTimeoutSeconds":60,\
        "extra":{"feePayer":"GmaDrppBC7P5ARKV8g3djiwP89vz1jLK23V2GBjuAEGB",\
        "memo":"pi_3abc123def456"}}
        """

    static func wallet() throws -> SolanaWallet { try SolanaWallet(Secret(payerSeed)) }
    static func vendor() throws -> SolanaWallet { try SolanaWallet(Secret(feePayerSeed)) }

    static func transfer() throws -> SolanaTransfer {
        SolanaTransfer(
            feePayer: try #require(SolanaAddress(feePayer)), recipient: try #require(SolanaAddress(recipient)),
            mint: SolanaNetwork.mainnet.usdc, amount: amount, memo: memo,
            blockhash: try #require(SolanaAddress(blockhash)))
    }
}

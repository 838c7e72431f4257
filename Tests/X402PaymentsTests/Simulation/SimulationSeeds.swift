import Glibc

/// Which seeds a run of the simulation has: `X402_RELAY_SIM_SEED` one of them, `X402_RELAY_SIM_SEEDS` so many from 1.
enum SimulationSeeds {
    static let seedVariable = "X402_RELAY_SIM_SEED"
    static let countVariable = "X402_RELAY_SIM_SEEDS"

    /// The seeds that the environment asks for, else `count` of them.
    static func chosen(otherwise count: UInt64) -> [UInt64] {
        if let seed = number(seedVariable) { return [seed] }
        return Array(1...max(1, number(countVariable) ?? count))
    }

    private static func number(_ variable: String) -> UInt64? {
        getenv(variable).flatMap { UInt64(String(cString: $0)) }
    }
}

/// What goes wrong by chance, each with odds of its own that a seed draws; none of it happens in the calm at the end.
enum Fault: CaseIterable {
    // The wire.
    /// The request never left, and the relay knows.
    case requestUnsent
    case requestLost
    case answerLost
    /// Minutes late.
    case answerLate
    case answerDoubled
    // The disk.
    case writeFails
    case writeSlow
    /// The write is on disk for a while before the relay hears of it.
    case writtenLate
    // What the vendor makes of a payment.
    case refusedNever
    case refusedSettled
    case errorNever
    case errorSettled
    case pendingSettled
    /// It settles, and the answer cannot be read.
    case nonsense
    case redirected
    case deadToken
    case failsOnChain
    /// The answer waits for a late settlement.
    case settledLate
    /// It settles, and says nothing.
    case silent
    /// The vendor sends the payment to the chain a second time.
    case settledTwice
    /// An unpaid request is answered with an error, a redirect or nonsense.
    case unpaidError
    // The stream.
    case reminderLost
    case reminderLate
    case reminderDoubled
    case requiredLost
    case requiredDoubled
    case requiredLate
    case requiredSpurious
    case renewTokenLost
    case renewedLost
    case inbandLost
    case linkDrops
    case connectFails
    /// A token that is good is turned away.
    case refusedWrongly
    /// The vendor forgets a token that is good.
    case forgetsToken
    /// What the vendor says quotes the token.
    case quotesToken
    // The chain.
    case rpcFails
    case rpcBehind
}

/// What is odd about the challenges of a stream for a while.
enum Oddity: CaseIterable {
    case otherRecipient
    case otherNetwork
    case otherAsset
    case otherHost
    case feePayerIsWallet
    case noFeePayer
    case recipientIsWallet
    case unknownScheme
    case paymentFlow
    case fractionalAmount
    case hugeAmount
    case malformed
    case otherVersion
    case longMemo
    case badBlockhash
    case dearer
    case muchDearer
}

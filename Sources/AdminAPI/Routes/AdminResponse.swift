/// What a listener sends for a request.
enum AdminResponse: Sendable {
    case answer(AdminAnswer)
    /// These, for as long as the client follows.
    case events(LiveEvents)
}

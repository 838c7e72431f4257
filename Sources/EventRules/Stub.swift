package import RelayModel

/// Skeleton: replaced.
package struct RuleSet: Sendable { package init() {} }

//! How sure a detection is, from the kinds of marks that met: one function, one table of tests.

use super::model::Status;
use crate::evidence::Confidence;

/// Confidence of a detection.
///
/// `strong` is a mark that proves the SDK alone; `weak_kinds` counts the kinds of marks that do not. What
/// rests on memory (`Status::Draft`) or stands only under another package's name (`relocated`) stays low.
pub(super) fn confidence(strong: bool, weak_kinds: usize, status: Status, relocated: bool) -> Confidence {
    match (status, strong, weak_kinds) {
        (Status::Draft, ..) => Confidence::Low,
        _ if relocated => Confidence::Low,
        (_, true, _) => Confidence::High,
        (_, false, 2..) => Confidence::Medium,
        _ => Confidence::Low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Confidence::{High, Low, Medium};
    use Status::{Draft, Retired, Stable};

    #[test]
    fn table() {
        for (strong, weak_kinds, status, relocated, expected) in [
            (true, 0, Stable, false, High),
            (true, 3, Stable, false, High),
            (true, 0, Retired, false, High),
            (false, 1, Stable, false, Low),
            (false, 2, Stable, false, Medium),
            (false, 5, Stable, false, Medium),
            (true, 5, Draft, false, Low),
            (false, 2, Draft, false, Low),
            (true, 2, Stable, true, Low),
        ] {
            let found = confidence(strong, weak_kinds, status, relocated);
            assert_eq!(found, expected, "{strong} {weak_kinds} {status:?} {relocated}");
        }
    }
}

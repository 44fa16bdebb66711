//! Accepted findings: the allowed list of a configuration and the baseline mark them, never remove them.

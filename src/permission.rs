//! Android permissions as standard terms: constants, levels, and their zh/en wordings.

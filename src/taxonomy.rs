//! Standard terms for data items, in both languages, and their finding in free text.

//! `sdkaudit.toml`: what an app team fixes once, read with the line of every mistake.

//! Writes the packages and policies of known shape: `cargo run --release --example generate -- DIRECTORY`.

mod shapes;

fn main() -> std::io::Result<()> {
    let directory =
        std::path::PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/shapes".to_owned()));
    std::fs::create_dir_all(&directory)?;
    for shape in shapes::SHAPES {
        std::fs::write(directory.join(format!("{}.apk", shape.name)), shapes::package(*shape))?;
    }
    for (name, rows) in [("policy-20.html", 20), ("policy-2000.html", 2_000), ("policy-20000.html", 20_000)] {
        std::fs::write(directory.join(name), shapes::policy(rows))?;
    }
    Ok(())
}

//! The crate `dex` asked for the classes of a package, its dex files inflated by the crate `zip`; run.sh builds it apart.

use std::io::Read;

fn main() {
    let path = std::env::args().nth(1).expect("a package");
    // Its classes as it gives them, members and code with them; else their names alone, the least it can do.
    let whole = std::env::args().nth(2).is_some_and(|word| word == "whole");
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).expect("a file")).expect("a zip archive");
    let mut classes = 0;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        if !entry.name().is_ok_and(|name| name.ends_with(".dex")) {
            continue;
        }
        let mut data = Vec::with_capacity(entry.size() as usize);
        entry.read_to_end(&mut data).expect("content");
        let dex = dex::DexReader::from_vec(&data).expect("a dex file");
        if whole {
            classes += dex.classes().flatten().count();
        } else {
            let names = dex.class_defs().flatten().filter_map(|class| dex.get_type(class.class_idx()).ok());
            classes += names.filter(|name| name.is_class()).count();
        }
    }
    println!("{classes}");
}

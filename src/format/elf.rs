//! ELF libraries: SONAME and exported JNI symbols, also of files whose section headers are wiped.
//! goblin does the parsing, in its permissive mode, which goes by the dynamic segment as the linker does.

use goblin::elf::Elf;
use goblin::options::ParseOptions;

/// JNI symbols kept of one library; the largest real ones export some thousands.
const MAX_SYMBOLS: usize = 20_000;

/// What one library says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Library {
    /// `DT_SONAME`.
    pub soname: Option<String>,
    /// Exported symbols that begin with `Java_`, sorted.
    pub jni: Vec<String>,
}

/// Reads the library in `data`; the error is goblin's sentence.
pub fn read(data: &[u8]) -> Result<Library, String> {
    let elf = Elf::parse_with_opts(data, &ParseOptions::permissive()).map_err(|e| e.to_string())?;
    let exported = elf.dynsyms.iter().filter(|symbol| !symbol.is_import());
    let names = exported.filter_map(|symbol| elf.dynstrtab.get_at(symbol.st_name));
    let mut jni: Vec<String> = names
        .filter(|name| name.starts_with("Java_") && name.len() <= 1024)
        .take(MAX_SYMBOLS)
        .map(str::to_owned)
        .collect();
    jni.sort_unstable();
    jni.dedup();
    Ok(Library { soname: elf.soname.map(str::to_owned), jni })
}

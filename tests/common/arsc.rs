//! Builds `resources.arsc` with string resources in several languages.

use super::axml::string_pool;

/// A resource table of one package (0x7f) and one type (`string`, id 1).
#[derive(Default, Clone)]
pub struct ArscBuilder {
    entries: Vec<Entry>,
}

/// Key, and a value per language (empty language: the default configuration).
type Entry = (String, Vec<(String, String)>);

impl ArscBuilder {
    pub fn new() -> ArscBuilder {
        ArscBuilder::default()
    }

    /// Adds string `key`; the first added has id 0x7f010000, the next 0x7f010001, …
    pub fn string(mut self, key: &str, values: &[(&str, &str)]) -> ArscBuilder {
        let values = values.iter().map(|(l, v)| ((*l).to_owned(), (*v).to_owned())).collect();
        self.entries.push((key.to_owned(), values));
        self
    }

    pub fn build(&self) -> Vec<u8> {
        let mut languages: Vec<&str> =
            self.entries.iter().flat_map(|e| e.1.iter().map(|v| v.0.as_str())).collect();
        languages.sort_unstable();
        languages.dedup();
        let mut values = vec![];
        let mut types = vec![];
        for language in languages {
            let mut offsets = vec![];
            let mut body = vec![];
            for (key, (_, all)) in self.entries.iter().enumerate() {
                match all.iter().find(|v| v.0 == language) {
                    Some((_, text)) => {
                        offsets.extend((body.len() as u32).to_le_bytes());
                        [8u16, 0].iter().for_each(|v| body.extend(v.to_le_bytes()));
                        body.extend((key as u32).to_le_bytes());
                        body.extend([8, 0, 0, 3]);
                        body.extend((values.len() as u32).to_le_bytes());
                        values.push(text.clone());
                    }
                    None => offsets.extend(u32::MAX.to_le_bytes()),
                }
            }
            let mut config = vec![0u8; 64];
            config[0] = 64;
            config[8..8 + language.len()].copy_from_slice(language.as_bytes());
            let header = 20 + config.len();
            types.extend(0x0201u16.to_le_bytes());
            types.extend((header as u16).to_le_bytes());
            types.extend(((header + offsets.len() + body.len()) as u32).to_le_bytes());
            types.extend([1, 0, 0, 0]);
            types.extend((self.entries.len() as u32).to_le_bytes());
            types.extend(((header + offsets.len()) as u32).to_le_bytes());
            types.extend(config);
            types.extend(offsets);
            types.extend(body);
        }
        let keys = string_pool(&self.entries.iter().map(|e| e.0.clone()).collect::<Vec<_>>(), true);
        let names = string_pool(&["string".to_owned()], true);
        let mut package = vec![];
        package.extend(0x0200u16.to_le_bytes());
        package.extend(288u16.to_le_bytes());
        package.extend(((288 + names.len() + keys.len() + types.len()) as u32).to_le_bytes());
        package.extend(0x7fu32.to_le_bytes());
        package.resize(288, 0);
        package[268..272].copy_from_slice(&288u32.to_le_bytes());
        package[276..280].copy_from_slice(&(288 + names.len() as u32).to_le_bytes());
        package.extend(names);
        package.extend(keys);
        package.extend(types);
        let pool = string_pool(&values, true);
        let mut out = vec![];
        out.extend(0x0002u16.to_le_bytes());
        out.extend(12u16.to_le_bytes());
        out.extend(((12 + pool.len() + package.len()) as u32).to_le_bytes());
        out.extend(1u32.to_le_bytes());
        out.extend(pool);
        out.extend(package);
        out
    }
}

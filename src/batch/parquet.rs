//! Parquet by its low-level interface, without Arrow: rows of text in, typed columns out.

use super::Error;
use super::export::{Cell, Column, Kind};
use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::record::Field;
use ::parquet::schema::types::Type;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A row group is written when it holds so many rows, or so many bytes of text.
const GROUP_ROWS: usize = 100_000;
const GROUP_BYTES: usize = 64 << 20;

/// Calls `each` with the column names and the cells of every row, as text; a null is `None`.
pub fn rows(
    path: &Path,
    mut each: impl FnMut(&[String], &[Option<&str>]) -> Result<(), Error>,
) -> Result<(), Error> {
    let bad = |why: String| Error::Input { input: path.display().to_string(), why };
    let file = File::open(path).map_err(|e| bad(e.to_string()))?;
    let reader = SerializedFileReader::new(file).map_err(|e| bad(e.to_string()))?;
    let names: Vec<String> = reader
        .metadata()
        .file_metadata()
        .schema_descr()
        .root_schema()
        .get_fields()
        .iter()
        .map(|f| f.name().to_owned())
        .collect();
    for row in reader.get_row_iter(None).map_err(|e| bad(e.to_string()))? {
        let row = row.map_err(|e| bad(e.to_string()))?;
        let cells: Vec<Option<String>> = row.get_column_iter().map(|(_, field)| text(field)).collect();
        each(&names, &cells.iter().map(Option::as_deref).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// A value as text: numbers and times as they are written, bytes as text where they are, the rest as the
/// format's own tools print it.
fn text(field: &Field) -> Option<String> {
    match field {
        Field::Null => None,
        Field::Str(s) => Some(s.clone()),
        Field::Bytes(b) => Some(String::from_utf8_lossy(b.data()).into_owned()),
        other => Some(other.to_string()),
    }
}

/// What the writer has written and was not yet passed on: its output must be `Send`, which ours need not be.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes rows to a file of flat, optional columns.
pub struct Writer<'a> {
    out: &'a mut dyn Write,
    pipe: Pipe,
    file: SerializedFileWriter<Pipe>,
    kinds: Vec<Kind>,
    waiting: Vec<Vec<Cell>>,
    bytes: usize,
}

impl<'a> Writer<'a> {
    /// Starts a file with these columns.
    pub fn new(columns: &[Column], out: &'a mut dyn Write) -> Result<Writer<'a>, Error> {
        let fields = columns.iter().map(|c| {
            let (physical, logical) = match c.kind {
                Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Kind::Number => (Physical::INT64, None),
                Kind::Flag => (Physical::BOOLEAN, None),
            };
            let builder =
                Type::primitive_type_builder(&c.name, physical).with_repetition(Repetition::OPTIONAL);
            builder.with_logical_type(logical).build().map(Arc::new)
        });
        let fields = fields.collect::<Result<Vec<_>, ParquetError>>()?;
        let schema = Arc::new(Type::group_type_builder("results").with_fields(fields).build()?);
        let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
        let pipe = Pipe::default();
        let file = SerializedFileWriter::new(pipe.clone(), schema, properties)?;
        let kinds = columns.iter().map(|c| c.kind).collect();
        Ok(Writer { out, pipe, file, kinds, waiting: Vec::new(), bytes: 0 })
    }

    /// Adds a row, as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<Cell>) -> Result<(), Error> {
        self.bytes += cells.iter().map(|c| if let Cell::Text(t) = c { t.len() } else { 8 }).sum::<usize>();
        self.waiting.push(cells);
        if self.waiting.len() >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.group()?;
        }
        Ok(())
    }

    /// Writes what waits and the end of the file.
    pub fn close(mut self) -> Result<(), Error> {
        if !self.waiting.is_empty() {
            self.group()?;
        }
        let Writer { out, pipe, file, .. } = self;
        file.close()?;
        pass_on(&pipe, out)
    }

    fn group(&mut self) -> Result<(), Error> {
        let rows = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        let mut group = self.file.next_row_group()?;
        for (column, kind) in self.kinds.iter().enumerate() {
            let cells = rows.iter().map(|row| row.get(column).unwrap_or(&Cell::None));
            match kind {
                Kind::Text => write::<ByteArrayType>(&mut group, cells, |c| match c {
                    Cell::Text(t) => Some(ByteArray::from(t.as_str())),
                    _ => None,
                }),
                Kind::Number => write::<Int64Type>(&mut group, cells, |c| match c {
                    Cell::Number(n) => Some(*n),
                    _ => None,
                }),
                Kind::Flag => write::<BoolType>(&mut group, cells, |c| match c {
                    Cell::Flag(f) => Some(*f),
                    _ => None,
                }),
            }?;
        }
        group.close()?;
        pass_on(&self.pipe, self.out)
    }
}

fn pass_on(pipe: &Pipe, out: &mut dyn Write) -> Result<(), Error> {
    out.write_all(&pipe.take()).map_err(|source| Error::Output { path: "the export".into(), source })
}

/// Writes the next column of a group: values, and for each row whether it has one.
fn write<'c, T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Pipe>,
    cells: impl Iterator<Item = &'c Cell>,
    value: impl Fn(&Cell) -> Option<T::T>,
) -> Result<(), Error> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        let value = value(cell);
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("more cells than columns".into()).into());
    };
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    Ok(column.close()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let column = |name: &str, kind| Column { name: name.into(), kind };
        let columns = [column("名称", Kind::Text), column("n", Kind::Number), column("f", Kind::Flag)];
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&columns, &mut bytes).unwrap();
        writer.row(vec![Cell::Text("推送".into()), Cell::Number(-7), Cell::Flag(true)]).unwrap();
        writer.row(vec![Cell::None, Cell::None, Cell::None]).unwrap();
        writer.close().unwrap();
        let path = std::env::temp_dir().join(format!("sdkaudit-parquet-{}.parquet", std::process::id()));
        std::fs::write(&path, &bytes).unwrap();
        let mut found = Vec::new();
        rows(&path, |names, cells| {
            assert_eq!(names, ["名称", "n", "f"]);
            found.push(cells.iter().map(|c| c.map(str::to_owned)).collect::<Vec<_>>());
            Ok(())
        })
        .unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
        assert!(rows(&path, |_, _| Ok(())).is_err(), "a cut file is refused, not half read");
        std::fs::remove_file(&path).unwrap();
        let text = |s: &str| Some(s.to_owned());
        assert_eq!(found, [vec![text("推送"), text("-7"), text("true")], vec![None, None, None]]);
    }
}

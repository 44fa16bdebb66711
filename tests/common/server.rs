//! An HTTP server of objects for tests: ranges and entity tags as object stores give them, and faults on demand.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// As asked.
    Well,
    /// A status without content.
    Status(u16),
    /// Nothing, for so many milliseconds; then the connection ends.
    Stall(u64),
    /// Half of the content that was promised.
    Cut,
    /// The whole object, whatever range was asked for.
    Whole,
    /// The object is replaced first, then the answer is as asked.
    Replaced,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: HashMap<String, String>,
}

type Decide = dyn Fn(&Request, usize) -> Answer + Send + Sync;

/// A running server; ends with the test process.
pub struct Server {
    pub address: String,
    pub log: Arc<Mutex<Vec<Request>>>,
    pub objects: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Server {
    /// Serves `objects` by path; `decide` sees each request and its number from 0. With `tags`, objects have
    /// entity tags.
    pub fn start(
        objects: &[(&str, &[u8])],
        tags: bool,
        decide: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let objects = objects.iter().map(|(path, bytes)| (format!("/{path}"), bytes.to_vec())).collect();
        let objects = Arc::new(Mutex::new(objects));
        let decide: Arc<Decide> = Arc::new(decide);
        let (kept_log, kept_objects) = (log.clone(), objects.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, objects, decide) = (log.clone(), objects.clone(), decide.clone());
                std::thread::spawn(move || {
                    let _ = serve(stream, &log, &objects, &*decide, tags);
                });
            }
        });
        Server { address, log: kept_log, objects: kept_objects }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.address)
    }

    pub fn requests(&self) -> usize {
        self.log.lock().unwrap().len()
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        match line.trim().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => return Ok(Request { method, path, headers }),
        };
    }
}

fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Request>>,
    objects: &Mutex<HashMap<String, Vec<u8>>>,
    decide: &Decide,
    tags: bool,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let request = read(&stream)?;
    let number = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    let answer = decide(&request, number);
    match answer {
        Answer::Status(code) => {
            return write!(stream, "HTTP/1.1 {code} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        Answer::Stall(milliseconds) => {
            std::thread::sleep(Duration::from_millis(milliseconds));
            return Ok(());
        }
        _ => {}
    }
    let object = {
        let mut objects = objects.lock().unwrap();
        if let (Answer::Replaced, Some(object)) = (answer, objects.get_mut(&request.path)) {
            object.push(0);
        }
        objects.get(&request.path).cloned()
    };
    let Some(object) = object else {
        return write!(stream, "HTTP/1.1 404 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let tag = format!("\"{:08x}-{}\"", crc32fast::hash(&object), object.len());
    if tags && request.headers.get("if-match").is_some_and(|t| *t != tag) {
        return write!(stream, "HTTP/1.1 412 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let asked = request.headers.get("range").filter(|_| answer != Answer::Whole);
    let range = asked.and_then(|r| r.strip_prefix("bytes=")?.split_once('-')).map(|(from, to)| {
        let number = |s: &str| s.parse::<usize>().ok();
        match (number(from), number(to)) {
            (None, Some(last)) => object.len().saturating_sub(last)..object.len(),
            (from, to) => from.unwrap_or(0)..to.map_or(object.len(), |t| (t + 1).min(object.len())),
        }
    });
    let mut head = String::from("Connection: close\r\nLast-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\n");
    if tags {
        head += &format!("ETag: {tag}\r\n");
    }
    let (status, part) = match range {
        Some(r) => {
            head +=
                &format!("Content-Range: bytes {}-{}/{}\r\n", r.start, r.end.saturating_sub(1), object.len());
            (206, &object[r])
        }
        None => (200, object.as_slice()),
    };
    write!(stream, "HTTP/1.1 {status} x\r\n{head}Content-Length: {}\r\n\r\n", part.len())?;
    if request.method != "HEAD" {
        let sent = if answer == Answer::Cut { part.len() / 2 } else { part.len() };
        stream.write_all(&part[..sent])?;
    }
    stream.flush()?;
    stream.shutdown(std::net::Shutdown::Write)?;
    // Until the other side has read: a close with data in flight would be a reset.
    let _ = stream.read(&mut [0; 1]);
    Ok(())
}

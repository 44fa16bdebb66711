//! Policies given by their address, against a server in the test: redirects, charsets, caps, refusals, linked lists.

use sdkaudit::intake::{Error, Options, Taken, documents};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Serves `answer(path)` on a port of its own until the test ends; the address of its root.
fn serve(answer: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let own = root.clone();
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let (answer, own) = (answer.clone(), own.clone());
            std::thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0u8];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                assert!(!head.to_ascii_lowercase().contains("cookie"), "{head}");
                let path = head.split_whitespace().nth(1).unwrap_or("/").to_owned();
                for piece in answer(&path, &own).chunks(1 << 16) {
                    if path == "/slow" {
                        std::thread::sleep(Duration::from_millis(700));
                    }
                    if stream.write_all(piece).is_err() {
                        return;
                    }
                }
            });
        }
    });
    root
}

fn response(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn html(body: &str) -> Vec<u8> {
    response(
        "200 OK\r\nContent-Type: text/html; charset=utf-8",
        format!("<html><body>{body}</body></html>").as_bytes(),
    )
}

fn fetch(address: &str, follow: bool) -> Result<Taken, Error> {
    let options = Options { max_document_bytes: 1 << 20, max_fetch_time: Duration::from_secs(2), follow };
    documents(&[PathBuf::from(address)], None, &options)
}

fn refused(address: &str) -> String {
    match fetch(address, false) {
        Err(Error::Refused(text)) => {
            assert!(!text.zh.is_empty());
            text.en
        }
        other => panic!("{address}: {other:?}"),
    }
}

#[test]
fn a_page_is_read_where_redirects_lead() {
    let root = serve(|path, _| match path {
        "/start" => response("302 Found\r\nLocation: /legal/../privacy.html?v=2#top", b""),
        "/privacy.html?v=2" => html("<p>隐私政策</p>"),
        _ => response("404 Not Found", b"no"),
    });
    let taken = fetch(&format!("{root}/start"), false).unwrap();
    assert_eq!(taken.sources[0].name, format!("{root}/privacy.html?v=2"));
    assert!(taken.notes[0].en.contains("leads to"));
    let policy = sdkaudit::policy::read(&taken.sources);
    assert_eq!(policy.documents[0].sha256, sdkaudit::digest::Digest::of(&taken.sources[0].bytes));
    assert!(policy.limitations.is_empty(), "{:?}", policy.limitations);
}

#[test]
fn the_charset_of_the_header_counts_before_a_guess() {
    let root = serve(|path, _| {
        let text = "<p>개인정보 처리방침</p>";
        let header = match path {
            "/header" => "200 OK\r\nContent-Type: text/html; charset=EUC-KR",
            _ => "200 OK\r\nContent-Type: text/html",
        };
        match path {
            "/gbk" => {
                response(header, &encoding_rs::GBK.encode("<meta charset=gbk><p>隐私政策：个推SDK</p>").0)
            }
            "/wrong" => {
                response("200 OK\r\nContent-Type: text/html; charset=gbk", "<p>隐私政策</p>".as_bytes())
            }
            _ => response(header, &encoding_rs::EUC_KR.encode(text).0),
        }
    });
    let text = |path: &str| {
        let taken = fetch(&format!("{root}{path}"), false).unwrap();
        let policy = sdkaudit::policy::read(&taken.sources);
        policy.documents[0].text.clone()
    };
    assert!(text("/header").contains("개인정보"));
    assert!(text("/gbk").contains("隐私政策：个推SDK"));
    assert!(text("/wrong").contains("隐私政策"), "UTF-8 is UTF-8 whatever the server says");
}

#[test]
fn what_cannot_be_had_is_refused_in_bounded_time() {
    let root = serve(|path, root| match path {
        "/loop" => response(&format!("301 Moved\r\nLocation: {root}/loop"), b""),
        "/file" => response("302 Found\r\nLocation: file:///etc/passwd", b""),
        "/huge" => response("200 OK", &vec![b'a'; 3 << 20]),
        "/slow" => response("200 OK", &vec![b'a'; 1 << 20]),
        "/endless" => b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_vec(),
        "/garbage" => b"\0\0\0\0".to_vec(),
        _ => response("404 Not Found", b"no"),
    });
    let started = Instant::now();
    for (path, words) in [
        ("/missing", "the server answered 404"),
        ("/loop", "more than 10 redirects"),
        ("/file", "no web address"),
        ("/huge", "longer than 1048576 bytes"),
        ("/slow", "not done within 2 seconds"),
        ("/endless", "cannot fetch"),
        ("/garbage", "cannot fetch"),
    ] {
        let words_given = refused(&format!("{root}{path}"));
        assert!(words_given.contains(words), "{path}: {words_given}");
    }
    assert!(refused("https://user:secret@example.com/").contains("no user name"));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(refused(&format!("http://{closed}/")).contains("cannot fetch"));
}

#[test]
fn something_that_is_no_text_is_a_limitation() {
    let root = serve(|_, _| {
        response("200 OK\r\nContent-Type: image/png", &[b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 99]].concat())
    });
    let taken = fetch(&format!("{root}/x"), false).unwrap();
    let policy = sdkaudit::policy::read(&taken.sources);
    assert!(policy.limitations[0].detail.en.contains("image"));
}

#[test]
fn linked_lists_are_followed_one_level_on_the_same_site() {
    let root = serve(|path, _| match path {
        "/privacy" => html(
            "<p>详见<a href='/sdk'>第三方SDK清单</a>，<a href='/gone'>第三方共享清单</a>，<a href='https://other.example/sdk'>SDK list</a>，<a href='/about'>关于我们</a></p>",
        ),
        "/sdk" => html("<p>第三方SDK目录</p><p><a href='/deeper'>SDK列表</a></p>"),
        "/deeper" | "/about" => panic!("not to be asked for: {path}"),
        _ => response("404 Not Found", b"no"),
    });
    let names = |taken: &Taken| taken.sources.iter().map(|s| s.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&fetch(&format!("{root}/privacy"), false).unwrap()), [format!("{root}/privacy")]);
    let taken = fetch(&format!("{root}/privacy"), true).unwrap();
    assert_eq!(names(&taken), [format!("{root}/privacy"), format!("{root}/sdk")]);
    let notes: Vec<&str> = taken.notes.iter().map(|n| n.en.as_str()).collect();
    assert!(
        notes.iter().any(|n| n.contains("also taken")) && notes.iter().any(|n| n.contains("404")),
        "{notes:?}"
    );
}

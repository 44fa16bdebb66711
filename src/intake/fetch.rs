//! An address -> the document there, and the lists of SDKs it links to on its own site.
//!
//! Only `http` and `https`, without cookies or credentials; redirects, bytes and time are bounded, and a public site
//! leads to no private network.

use super::address::{Address, is_private};
use super::{Error, Options, Taken};
use crate::fold;
use crate::lang::Text;
use crate::policy::{Source, sources};
use std::io::Read;
use std::net::ToSocketAddrs;
use std::time::Instant;
use ureq::Agent;

/// Redirects followed for one address, and linked pages taken.
const MAX_REDIRECTS: usize = 10;
const MAX_LINKED: usize = 8;

/// Fetches the document at `address`, and with `follow` the lists of SDKs it links to.
pub fn take(address: &str, options: &Options, taken: &mut Taken) -> Result<(), Error> {
    let Some(start) = Address::read(address) else {
        return Err(Error::refused(
            format!("网址 {address} 不能读取：需要 https:// 或 http://，不含用户名"),
            format!("cannot fetch {address}: it needs https:// or http:// and no user name"),
        ));
    };
    let (end, source) = get(&start, options)?;
    if end != start {
        taken.notes.push(Text::new(format!("{start} 转到 {end}"), format!("{start} leads to {end}")));
    }
    let linked = if options.follow { linked(&end, &source) } else { Vec::new() };
    taken.sources.push(source);
    for link in linked {
        match get(&link, options) {
            Ok((end, source)) => {
                let known = taken.sources.iter().any(|s| s.name == source.name || s.bytes == source.bytes);
                if !known {
                    taken.notes.push(Text::new(
                        format!("一并读取页面所链接的 {end}"),
                        format!("also taken, linked from the page: {end}"),
                    ));
                    taken.sources.push(source);
                }
            }
            Err(error) => {
                let text = error.text();
                taken.notes.push(Text::new(
                    format!("未能读取页面所链接的清单：{}", text.zh),
                    format!("a linked list was not taken: {}", text.en),
                ));
            }
        }
    }
    Ok(())
}

/// The document an address leads to, and where that is.
fn get(start: &Address, options: &Options) -> Result<(Address, Source), Error> {
    let started = Instant::now();
    let mut at = start.clone();
    for _ in 0..=MAX_REDIRECTS {
        let left = options.max_fetch_time.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(slow(&at, options));
        }
        // Who may name an address of an inner network is the user, not a page.
        if at != *start && !start.is_private() && leads_inside(&at) {
            return Err(failed(
                &at,
                "重定向到内部网络，已拒绝",
                "a redirect into a private network is refused",
            ));
        }
        let mut config = Agent::config_builder()
            .timeout_global(Some(left))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .accept("text/html, text/plain, application/pdf;q=0.9, */*;q=0.8")
            .user_agent(concat!("sdkaudit/", env!("CARGO_PKG_VERSION")));
        if at.is_private() {
            config = config.proxy(None);
        }
        let agent: Agent = config.build().into();
        let error = |e: ureq::Error| match e {
            ureq::Error::Timeout(_) => slow(&at, options),
            other => failed(&at, &other.to_string(), &other.to_string()),
        };
        let mut response = agent.get(at.to_string()).call().map_err(error)?;
        let status = response.status().as_u16();
        if matches!(status, 301 | 302 | 303 | 307 | 308) {
            let location = response.headers().get("location").map(|v| String::from_utf8_lossy(v.as_bytes()));
            let Some(next) = location.as_ref().and_then(|l| at.join(l)) else {
                return Err(failed(
                    &at,
                    "重定向的去处不是网址",
                    "it redirects to something that is no web address",
                ));
            };
            at = next;
            continue;
        }
        if !(200..300).contains(&status) {
            return Err(failed(
                &at,
                &format!("服务器回应 {status}"),
                &format!("the server answered {status}"),
            ));
        }
        let charset = response.body().charset().map(str::to_owned);
        let limit = options.max_document_bytes;
        let mut bytes = Vec::new();
        let body = response.body_mut().as_reader();
        if let Err(e) = body.take(limit.saturating_add(1)).read_to_end(&mut bytes) {
            let late =
                started.elapsed() >= options.max_fetch_time || e.kind() == std::io::ErrorKind::TimedOut;
            let why = e.to_string();
            return Err(if late { slow(&at, options) } else { failed(&at, &why, &why) });
        }
        if bytes.len() as u64 > limit {
            return Err(super::too_long(&at.to_string(), limit));
        }
        // Compressed although nobody asked for it.
        if bytes.starts_with(&[0x1f, 0x8b]) {
            bytes = inflated(&bytes, limit)
                .ok_or_else(|| failed(&at, "压缩的内容已损坏", "its compressed content is broken"))?;
        }
        let source = Source { name: at.to_string(), bytes, charset };
        return Ok((at, source));
    }
    Err(failed(
        start,
        &format!("重定向超过 {MAX_REDIRECTS} 次"),
        &format!("more than {MAX_REDIRECTS} redirects"),
    ))
}

fn inflated(bytes: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(bytes).take(limit).read_to_end(&mut out).ok()?;
    Some(out)
}

/// Whether a host stands, or resolves, inside a private network.
fn leads_inside(address: &Address) -> bool {
    let resolved = || (address.host(), 443).to_socket_addrs();
    address.is_private() || resolved().is_ok_and(|mut all| all.any(|a| is_private(a.ip())))
}

fn failed(address: &Address, zh: &str, en: &str) -> Error {
    Error::refused(format!("无法读取 {address}：{zh}"), format!("cannot fetch {address}: {en}"))
}

fn slow(address: &Address, options: &Options) -> Error {
    let seconds = options.max_fetch_time.as_secs_f32();
    failed(address, &format!("{seconds} 秒内没有读完"), &format!("not done within {seconds} seconds"))
}

/// Lists of SDKs that a page links to on its own site, each once.
fn linked(at: &Address, source: &Source) -> Vec<Address> {
    let Ok(opened) = sources::open(source) else { return Vec::new() };
    let mut out: Vec<Address> = Vec::new();
    for line in &opened.page.lines {
        for link in line.text.links() {
            let words = line.str().get(link.range.clone()).unwrap_or("");
            // `点击查看`: what is linked stands before it, behind the link before.
            let earlier =
                line.text.links().iter().map(|l| l.range.end).filter(|end| *end <= link.range.start);
            let before = line.str().get(earlier.max().unwrap_or(0)..link.range.start).unwrap_or("");
            let skipped = before.chars().count().saturating_sub(40);
            let before: String = before.chars().skip(skipped).collect();
            let bare = words.chars().count() <= 6 || words.starts_with("http");
            if !(names_list(words) || bare && names_list(&before)) {
                continue;
            }
            let Some(target) = at.join(&link.href) else { continue };
            if target != *at && target.same_site(at) && !out.contains(&target) && out.len() < MAX_LINKED {
                out.push(target);
            }
        }
    }
    out
}

/// Whether words name a list of SDKs, or of parties that data is shared with.
fn names_list(text: &str) -> bool {
    let folded = fold::fold(text);
    let has = |words: &[&str]| words.iter().any(|w| folded.as_str().contains(w));
    let list = has(&["列表", "目录", "清单", "名单", "说明", "list", "directory", "partners"]);
    list && has(&["sdk", "第三方", "third part", "third-part", "共享", "合作方", "合作伙伴"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_lists_on_the_site_are_found() {
        let html = "<html><p><a href='/sdk.html'>第三方SDK列表</a></p>\
            <p>详见《第三方信息共享清单》，<a href='share.html'>点击查看</a></p>\
            <p><a href='https://other.example/sdk.html'>SDK list</a> <a href='/about'>关于</a>\
            <a href='/sdk.html#top'>Third-party SDK directory</a></p></html>";
        let at = Address::read("https://www.example.com/legal/privacy.html").expect("address");
        let source = Source::new("p.html".into(), html.as_bytes().to_vec());
        let found: Vec<String> = linked(&at, &source).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["https://www.example.com/sdk.html", "https://www.example.com/legal/share.html"]);
    }
}

//! Addresses of the web: which site one belongs to, and where a reference in a page leads (RFC 3986 section 5.2).

use std::net::IpAddr;

/// A web address in its parts; no fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Host and port as written.
    pub authority: String,
    /// Path and query, at least `/`.
    pub path: String,
}

impl Address {
    /// Reads an absolute address; `None` for other schemes, for one without a host, and for one with a user name:
    /// credentials have no place in a report.
    pub fn read(text: &str) -> Option<Address> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://")?;
        let scheme = ["https", "http"].into_iter().find(|s| s.eq_ignore_ascii_case(scheme))?;
        let rest = rest.split('#').next().unwrap_or("");
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(cut);
        let sane =
            |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '@' | '\\' | '"' | '<' | '>');
        if authority.is_empty() || authority.starts_with(':') || !authority.chars().all(sane) {
            return None;
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(Address { scheme, authority: authority.to_ascii_lowercase(), path: escaped(&path) })
    }

    /// Where a reference found in the page at this address leads.
    pub fn join(&self, reference: &str) -> Option<Address> {
        let reference = reference.trim();
        if let Some(rest) = reference.strip_prefix("//") {
            return Address::read(&format!("{}://{rest}", self.scheme));
        }
        let scheme = reference.split(['/', '?', '#']).next().unwrap_or("");
        if scheme.contains(':') {
            return Address::read(reference);
        }
        let reference = reference.split('#').next().unwrap_or("");
        let own = self.path.split('?').next().unwrap_or("/");
        let path = if reference.is_empty() {
            self.path.clone()
        } else if reference.starts_with('/') {
            reference.to_owned()
        } else if reference.starts_with('?') {
            format!("{own}{reference}")
        } else {
            format!("{}/{reference}", own.rsplit_once('/').map_or("", |(directory, _)| directory))
        };
        Some(Address { path: escaped(&without_dots(&path)), ..self.clone() })
    }

    /// Host without its port, brackets of IPv6 taken off.
    pub fn host(&self) -> &str {
        if let Some(rest) = self.authority.strip_prefix('[') {
            return rest.split(']').next().unwrap_or(rest);
        }
        self.authority.split(':').next().unwrap_or("")
    }

    /// Whether both belong to one site: the same name under a public suffix, by the usual shapes of those
    /// (`x.com`, `x.com.cn`); numbers must be equal, port included.
    pub fn same_site(&self, other: &Address) -> bool {
        if self.host().parse::<IpAddr>().is_ok() || other.host().parse::<IpAddr>().is_ok() {
            return self.authority == other.authority;
        }
        site(self.host()) == site(other.host())
    }

    /// Whether the host is this machine or a network of its own, by number or by name.
    pub fn is_private(&self) -> bool {
        let name = self.host();
        match name.parse::<IpAddr>() {
            Ok(ip) => is_private(ip),
            Err(_) => name == "localhost" || name.ends_with(".localhost") || !name.contains('.'),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

/// Loopback, link-local and private ranges (RFC 1918, 4193, 6598), and addresses that name no host.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || a == 0
                || a == 100 && (64..128).contains(&b)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private(IpAddr::V4(v4)),
            None => {
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
            }
        },
    }
}

/// The name a site is registered under.
fn site(host: &str) -> &str {
    let mut labels = host.rsplit('.');
    let (top, second) = (labels.next().unwrap_or(""), labels.next().unwrap_or(""));
    let shared =
        top.len() == 2 && matches!(second, "com" | "net" | "org" | "gov" | "edu" | "co" | "ac" | "ne" | "or");
    let keep = if shared { 3 } else { 2 };
    let start = host.rmatch_indices('.').nth(keep - 1).map_or(0, |(at, _)| at + 1);
    host.get(start..).unwrap_or(host)
}

/// Characters that a request line cannot hold, as `%XX`; what is escaped stays so.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for b in path.bytes() {
        if b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// A path without `.` and `..` segments.
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
    let mut out: Vec<&str> = Vec::new();
    let last = path.rsplit('/').next().unwrap_or("");
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    if matches!(last, "." | "..") {
        out.push("");
    }
    let query = query.map_or_else(String::new, |q| format!("?{q}"));
    format!("/{}{query}", out.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, reference: &str) -> Option<String> {
        Address::read(base).and_then(|b| b.join(reference)).map(|a| a.to_string())
    }

    #[test]
    fn references_lead_where_a_browser_would_go() {
        let base = "https://www.example.com/a/b.html?x=1#top";
        for (reference, target) in [
            ("sdk.html", "https://www.example.com/a/sdk.html"),
            ("../sdk list.html?y", "https://www.example.com/sdk%20list.html?y"),
            ("/清单", "https://www.example.com/%E6%B8%85%E5%8D%95"),
            ("?p=2", "https://www.example.com/a/b.html?p=2"),
            ("//cdn.example.com", "https://cdn.example.com/"),
            ("#here", "https://www.example.com/a/b.html?x=1"),
            ("HTTP://Other.example/./x", "http://other.example/./x"),
        ] {
            assert_eq!(joined(base, reference).as_deref(), Some(target), "{reference}");
        }
        for reference in ["file:///etc/passwd", "javascript:alert(1)", "mailto:a@b.cn", "https://u:p@host/"] {
            assert_eq!(joined(base, reference), None, "{reference}");
        }
        assert_eq!(Address::read("https:///x"), None);
        assert_eq!(Address::read("https://a b/"), None);
    }

    #[test]
    fn sites_and_networks() {
        let same = |a: &str, b: &str| {
            let (a, b) = (Address::read(a).expect("a"), Address::read(b).expect("b"));
            a.same_site(&b)
        };
        assert!(same("https://privacy.example.com/", "https://www.example.com/x"));
        assert!(same("https://a.example.com.cn/", "https://example.com.cn/"));
        assert!(!same("https://a.com.cn/", "https://b.com.cn/"));
        assert!(!same("http://127.0.0.1:1/", "http://127.0.0.1:2/"));
        for (address, private) in [
            ("http://10.0.0.1/", true),
            ("http://[::1]:8080/", true),
            ("http://[::ffff:192.168.0.1]/", true),
            ("http://100.100.0.1/", true),
            ("http://intranet/", true),
            ("https://www.example.com/", false),
            ("http://8.8.8.8/", false),
        ] {
            assert_eq!(Address::read(address).map(|a| a.is_private()), Some(private), "{address}");
        }
    }
}

//! The HTML report in a real browser: Chromium reads it, a page around it measures. Skipped where there is none.

use super::cli::scratch;
use crate::common::apk::ApkBuilder;
use crate::common::axml::AxmlBuilder;
use crate::common::cli::sdkaudit;
use crate::common::dex::DexBuilder;
use crate::common::samples::SAMPLES;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Widths of a small phone, a phone and a desk, in CSS pixels.
const WIDTHS: [u32; 3] = [320, 390, 1280];

/// Says for every frame what a reader sees in it, and what it asked the network for.
const PROBE: &str = r#"<script>
addEventListener('load', () => {
  const said = [...document.querySelectorAll('iframe')].map(f => {
    const d = f.contentDocument, all = s => [...d.querySelectorAll(s)];
    const texts = s => all(s).map(e => e.textContent);
    const see = id => { d.getElementById(id).checked = true; return d.body.innerText; };
    const root = d.documentElement;
    return {
      name: f.dataset.name,
      overflow: root.scrollWidth - root.clientWidth,
      requests: f.contentWindow.performance.getEntriesByType('resource').length,
      loaders: all('script,img,iframe,object,embed,link,video,audio,source,base,form,use,image').length,
      handlers: all('*').filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length,
      outward: all('a[href]').filter(a => !a.getAttribute('href').startsWith('#')).length,
      tiles: texts('.tiles b').map(Number),
      findings: all('#findings article').length,
      comparison: all('#comparison tbody tr').length,
      permissions: all('#permissions tbody tr').length,
      requested: all('#permissions tbody td:nth-child(2)').filter(c => c.textContent.includes('\u2713')).length,
      chips: texts('#behaviour .chip > b'),
      classes: texts('#code td.n').map(Number),
      limitations: all('#limitations li').length,
      zh: see('zh'), en: see('en'),
    };
  });
  document.getElementById('out').textContent = encodeURIComponent(JSON.stringify(said));
});
</script>"#;

fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).flat_map(|d| names.map(|n| d.join(n))).find(|p| p.is_file());
    if found.is_none() {
        println!("skipped: Chromium is not here");
    }
    found
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        let hex = |b: Option<u8>| char::from(b.unwrap()).to_digit(16).unwrap() as u8;
        out.push(if b == b'%' { hex(bytes.next()) << 4 | hex(bytes.next()) } else { b });
    }
    String::from_utf8(out).unwrap()
}

/// What the probe says of each page at each width, as `<page>-<width>`.
fn probe(browser: &Path, dir: &Path, pages: &[String]) -> Vec<Value> {
    let frame = |(page, width): (&String, u32)| {
        format!(
            "<iframe data-name=\"{page}-{width}\" src=\"{page}.html\" style=\"width:{width}px;height:700px\"></iframe>"
        )
    };
    let frames: String = pages.iter().flat_map(|p| WIDTHS.map(|w| frame((p, w)))).collect();
    let page = format!("<!doctype html><meta charset=utf-8><body>{frames}<pre id=out></pre>{PROBE}");
    std::fs::write(dir.join("probe.html"), page).unwrap();
    let run = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(format!("file://{}", dir.join("probe.html").display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&run.stdout).into_owned();
    let said = dom.split("<pre id=\"out\">").nth(1).and_then(|t| t.split('<').next()).unwrap_or_default();
    serde_json::from_str(&decoded(said)).unwrap_or_else(|e| panic!("{e}: {run:?}"))
}

/// A package and a policy whose every name tries to become markup.
fn hostile(dir: &Path) {
    let name = "com.umeng.evil\"><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>";
    let manifest = AxmlBuilder::manifest("com.example.<svg onload=alert(3)>", &[name], []);
    let dex = DexBuilder::new().classes(["com.umeng.analytics.A", "com.umeng.analytics.B"]);
    std::fs::write(dir.join("app.apk"), ApkBuilder::new().manifest(&manifest).dex(&dex).build()).unwrap();
    let long = "长".repeat(400) + &"x".repeat(2000);
    let policy = format!(
        "第三方SDK\n\nSDK名称：</span><script src=http://127.0.0.1:9/y></script>SDK\n使用目的：推送<style>*{{display:none}}</style>\n\
         收集信息：{long}\n公司名称：<a href=javascript:alert(4)>x</a><base href=http://127.0.0.1:9/>\n"
    );
    std::fs::write(dir.join("policy.txt"), policy).unwrap();
}

#[test]
fn reports_read_well_in_a_browser_without_script_or_request() {
    let Some(browser) = chromium() else { return };
    let dir = scratch("browser");
    hostile(&dir);
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut reports = Vec::new();
    let inputs = SAMPLES.iter().map(|s| (s.directory.to_owned(), samples.join(s.directory), s.policy));
    for (name, from, policy) in inputs.chain([("hostile".to_owned(), dir.clone(), &["policy.txt"][..])]) {
        let at = |file: &str| from.join(file).to_string_lossy().into_owned();
        let mut arguments = vec!["check".to_owned(), at("app.apk"), "--exit-zero".into()];
        arguments.extend(policy.iter().flat_map(|p| ["--policy".to_owned(), at(p)]));
        for end in ["html", "json"] {
            arguments.extend(["-o".to_owned(), dir.join(format!("{name}.{end}")).display().to_string()]);
        }
        let run = sdkaudit(&dir, arguments);
        assert_eq!(run.status, Some(0), "{run:?}");
        let json = std::fs::read(dir.join(format!("{name}.json"))).unwrap();
        reports.push((name, serde_json::from_slice::<Value>(&json).unwrap()));
    }
    let pages: Vec<String> = reports.iter().map(|(n, _)| n.clone()).collect();
    let said = probe(&browser, &dir, &pages);
    assert_eq!(said.len(), pages.len() * WIDTHS.len());
    for page in &said {
        let name = page["name"].as_str().unwrap();
        let (_, report) = reports.iter().find(|(n, _)| name.starts_with(n.as_str())).unwrap();
        for nothing in ["requests", "loaders", "handlers", "outward", "overflow"] {
            assert_eq!(page[nothing], 0, "{name}: {nothing}");
        }
        numbers(name, page, report);
        for lang in ["zh", "en"] {
            // White space is the browser's affair.
            let squeeze = |t: &str| t.split_whitespace().collect::<String>();
            let seen = squeeze(page[lang].as_str().unwrap());
            let texts = report["findings"].as_array().unwrap().iter().map(|f| &f["message"]);
            for text in texts.chain(report["limitations"].as_array().unwrap().iter().map(|l| &l["detail"])) {
                let text = squeeze(text[lang].as_str().unwrap());
                assert!(seen.contains(&text), "{name}: a reader does not see {text}");
            }
        }
    }
}

/// Every number of the page against the JSON of the same run.
fn numbers(name: &str, page: &Value, report: &Value) {
    let count = |of: &str, key: &str| report["summary"][of][key].as_u64().unwrap_or(0);
    let tiles = [
        report["summary"]["sdks_in_app"].as_u64().unwrap(),
        report["summary"]["rows_in_policy"].as_u64().unwrap(),
        count("verdicts", "undeclared"),
        count("verdicts", "unknown-code"),
        count("verdicts", "not-found"),
        count("findings", "high"),
        count("findings", "medium"),
    ];
    assert_eq!(page["tiles"], serde_json::json!(tiles), "{name}");
    for list in ["findings", "comparison", "permissions", "limitations"] {
        assert_eq!(page[list], report[list].as_array().unwrap().len(), "{name}: {list}");
    }
    let requested = report["permissions"].as_array().unwrap().iter().filter(|p| p["requested"] == true);
    assert_eq!(page["requested"], requested.count(), "{name}");
    let items = report["behaviour"].as_array().unwrap().iter().flat_map(|b| b["items"].as_array().unwrap());
    let chips: Vec<String> = items
        .map(|i| if i["weak"] == true { "迹象hint".to_owned() } else { i["calls"].to_string() })
        .collect();
    assert_eq!(page["chips"], serde_json::json!(chips), "{name}");
    let classes: Vec<u64> =
        report["code"].as_array().unwrap().iter().map(|c| c["classes"].as_u64().unwrap()).collect();
    assert_eq!(page["classes"], serde_json::json!(classes), "{name}");
    let total: u64 = classes.iter().sum();
    let shown = page["en"].as_str().unwrap();
    assert!(total == 0 || shown.contains(&format!("{total} classes in all")), "{name}");
}

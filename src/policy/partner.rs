//! Partners that sentences name with what they are given, where no word says SDK: `使用某某公司提供的甲统计服务`,
//! `我们会与甲等合作方共享…`, `由某某公司提供…，详见《甲隐私政策》`.

use crate::policy::company::is_firm;
use crate::policy::listed;
use crate::policy::mention::{self, Mention};
use crate::policy::words::Words;
use std::ops::Range;

/// Words that end the name of a product a company provides.
const ENDS: &[&str] =
    &["服务", "功能", "，", "。", "、", "；", "收集", "进行", "的", "来", "实现", "用于", "（", "(", "\n"];

/// What an app has built in; other partners carry parcels and lend money.
static TECHNICAL: Words = Words::new(
    "推送;统计;分析;广告;地图;定位;存储;支付;登录;分享;语音;识别;崩溃;监测;认证;验证;直播;通讯;短信;sdk",
);

/// Products that companies are said to provide: `使用某某公司提供的甲统计服务`.
pub fn products(text: &str, lower: &str) -> Vec<Mention> {
    let mut out: Vec<Mention> = Vec::new();
    for (at, word) in text.match_indices("提供的").take(200) {
        let Some(provider) = firm_to(text, at, !out.is_empty()) else { continue };
        let from = at + word.len();
        let limit = mention::back(text, text.len().min(from + 120), 0);
        let rest = lower.get(from..limit).unwrap_or("");
        let gap = rest.len() - rest.trim_start_matches([' ', '“', '"']).len();
        let Some(stop) = ENDS.iter().filter_map(|e| rest.get(gap..).and_then(|t| t.find(e))).min() else {
            continue;
        };
        let core = rest.get(gap..gap + stop).unwrap_or("");
        let name = core.trim_end_matches([' ', '”', '"']);
        if name.contains("sdk") || !listed::named(name) {
            continue;
        }
        // `甲统计服务` is the name; `Acme Center 服务` says what Acme Center is.
        let service = core.ends_with(|c: char| !c.is_ascii())
            && rest.get(gap + stop..).is_some_and(|t| t.starts_with("服务"));
        let start = from + gap;
        let end = start + name.len() + if service { "服务".len() } else { 0 };
        let cluster = u32::try_from(out.len()).unwrap_or(u32::MAX);
        out.push(Mention { provider: Some(provider), cluster, ..Mention::named(start..end) });
    }
    out
}

/// The company whose name ends at `at`, behind a verb of use; with `further` behind a mark too.
fn firm_to(text: &str, at: usize, further: bool) -> Option<Range<usize>> {
    let floor = mention::back(text, at, 150);
    let head = text.get(floor..at)?;
    let last = |words: &[&str]| words.iter().filter_map(|w| head.rfind(w).map(|i| (i, i + w.len()))).max();
    let verb = last(&["使用了", "使用", "接入了", "接入", "集成了", "集成", "采用了", "采用", "由"]);
    let mark = last(&["，", "。", "、", "；", "："]).filter(|_| further);
    let (begin, from) = verb.max(mark)?;
    // `欢迎您使用某某公司提供的产品`: whose the app is.
    let clause = head.get(..begin)?.rsplit(['，', '。', '；']).next()?;
    if ["您", "欢迎", "用户"].iter().any(|w| clause.contains(w)) {
        return None;
    }
    let company = head.get(from..)?.trim();
    let start = floor + from + head.get(from..)?.find(company)?;
    let own = ["简称", "我行", "我司", "指"].iter().any(|w| company.contains(w));
    (is_firm(company) && !own).then(|| start..start + company.len())
}

/// The partner an item of a list tells of; `near_sdk`: a line above speaks of SDKs.
pub fn item(text: &str, lower: &str, near_sdk: impl FnOnce() -> bool) -> Option<Mention> {
    titled(text, lower).or_else(|| shared_with(lower).filter(|_| near_sdk()))
}

/// `由某某公司提供推送服务，…，详见《甲隐私政策》`: the brand stands in the title of its policy alone.
fn titled(text: &str, lower: &str) -> Option<Mention> {
    let rest = text.strip_prefix('由')?;
    let from = text.len() - rest.len();
    let stop = rest.find("提供")?;
    let company = rest.get(..stop)?.trim_matches([' ', '“', '”']);
    if !is_firm(company) || !TECHNICAL.within(mention_head(lower)) {
        return None;
    }
    let (open, end) = ["隐私政策》", "隐私权政策》", "隐私协议》", "隐私声明》", "隐私条款》"]
        .iter()
        .filter_map(|paper| {
            let end = text.find(paper)?;
            let open = text.get(..end)?.rfind('《')?;
            Some((open + '《'.len_utf8(), end))
        })
        .min_by_key(|(_, end)| *end)?;
    let brand = lower.get(open..end)?;
    let trimmed = brand.trim_matches([' ', '【', '】', '“', '”']);
    let start = open + brand.find(trimmed)?;
    listed::named(trimmed).then(|| {
        let provider = from + rest.find(company).unwrap_or(0);
        Mention {
            provider: Some(provider..provider + company.len()),
            after: from + stop,
            leads: true,
            ..Mention::named(start..start + trimmed.len())
        }
    })
}

/// `支付。我们会与甲付等合作方共享网络状态…`: with whom data are shared.
fn shared_with(lower: &str) -> Option<Mention> {
    let head = mention_head(lower);
    let at = head.find("共享")?;
    let clause = head.get(..at)?;
    let start = clause.rfind('与')? + '与'.len_utf8();
    let who = clause.get(start..)?;
    let name = who.split('等').next().unwrap_or(who).trim();
    let anyone = ["商", "方", "公司", "伙伴", "系统", "机构", "平台", "单位", "关联", "部门", "人"];
    if who.contains(['，', '。', '；']) || anyone.iter().any(|w| name.ends_with(w)) || !listed::named(name)
    {
        return None;
    }
    let start = start + who.find(name)?;
    // The verb stays: it introduces the data.
    Some(Mention { after: at, leads: true, ..Mention::named(start..start + name.len()) })
}

/// The first words of an item.
fn mention_head(lower: &str) -> &str {
    lower.get(..mention::back(lower, lower.len().min(400), 0)).unwrap_or(lower)
}

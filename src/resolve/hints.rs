//! What words in a name or purpose say about the function of an SDK. The words are data (`hints.tsv`).

use crate::fold::{self, Finder};
use std::sync::LazyLock;

static HINTS: &str = include_str!("hints.tsv");
static PRIMARY: &str = include_str!("primary.tsv");

/// Words that say nothing about which product is meant.
static FILLERS: &[&str] = &[
    "component",
    "components",
    "module",
    "function",
    "functions",
    "feature",
    "basic",
    "client",
    "software",
    "development",
    "vendor",
    "channel",
    "manufacturer",
    "sdk",
    "sdks",
    "android",
    "ios",
    "iphone",
    "安卓",
    "苹果",
    "平台",
    "开放平台",
    "开发者服务",
    "开发者平台",
    "服务",
    "功能",
    "组件",
    "插件",
    "模块",
    "客户端",
    "第三方",
    "移动",
    "移动端",
    "国内",
    "海外",
    "双端",
    "版",
    "版本",
    "基础",
    "库",
    "框架",
    "公共库",
    "core",
    "lib",
    "library",
    "platform",
    "service",
    "services",
    "open",
    "kit",
    "api",
    "plugin",
    "for",
    "the",
    "of",
    "and",
    "to",
    "及",
    "和",
    "与",
    "的",
    "技术",
    "产品",
    "公司",
    "官方",
    "通用",
    "智能",
    "手机",
    "厂商",
    "渠道",
    "集成",
    "接入",
    "third party",
    "third-party",
    "mobile",
    "integration",
    "engine",
    "引擎",
    "开源",
    "工具",
    "系统",
    "商业化",
    "联合",
    "应用",
    "应用市场",
    "消息",
    "数据",
    "用户",
    "app",
    "jar",
    "aar",
    "软件",
    "开发包",
    "软件开发包",
    "包",
    "图库",
    "系列",
    "标准版",
    "专业版",
    "中国",
    "china",
    "official",
    "相关",
    "身份证",
    "银行卡",
    "识别",
    "缓存",
    "依赖库",
    "开源库",
    "套件",
    "工具包",
    "能力",
    "接口",
    "联盟",
    "聚合",
    "运营",
    "网盟",
];

struct Words {
    /// Category of each pattern; `None` for a filler.
    categories: Vec<Option<&'static str>>,
    finder: Finder,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let (mut words, mut categories) = (Vec::new(), Vec::new());
    for (category, list) in rows(HINTS).filter_map(|l| l.split_once('\t')) {
        for word in list.split(';') {
            words.push(word);
            categories.push(Some(category));
        }
    }
    for word in FILLERS {
        words.push(word);
        categories.push(None);
    }
    let finder = Finder::new(&words);
    Words { categories, finder }
});

/// Lines of a data file without comments.
pub fn rows(data: &'static str) -> impl Iterator<Item = &'static str> {
    data.lines().filter(|l| !l.starts_with('#') && !l.is_empty())
}

/// Categories a folded text points to, each once, in text order.
pub fn categories(folded: &str) -> Vec<&'static str> {
    let mut out = Vec::new();
    for (_, _, category) in found(folded) {
        if let Some(category) = category
            && !out.contains(&category)
        {
            out.push(category);
        }
    }
    out
}

/// Letters and digits of a folded text that are neither a filler nor a word for a function: how many.
pub fn distinctive(folded: &str) -> usize {
    let mut free = 0;
    let mut count = 0;
    let letters = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).count();
    for (start, end, _) in found(folded) {
        count += letters(folded.get(free..start).unwrap_or(""));
        free = end;
    }
    count + letters(folded.get(free..).unwrap_or(""))
}

/// Words found, without overlaps, the longest at each place.
fn found(folded: &str) -> Vec<(usize, usize, Option<&'static str>)> {
    let w = &*WORDS;
    let mut all = Vec::new();
    w.finder.each(folded, |start, end, word| {
        if let (Some(end), Some(category)) = (fold::word_at(folded, start, end), w.categories.get(word)) {
            all.push((start, end, *category));
        }
    });
    all.sort_unstable_by_key(|(start, end, category)| (*start, std::cmp::Reverse(*end), category.is_none()));
    let mut free = 0;
    all.retain(|(start, end, _)| {
        let keep = *start >= free;
        if keep {
            free = *end;
        }
        keep
    });
    all
}

/// The member meant where several of one brand share a category.
pub fn primary(family: &str, category: &str) -> Option<&'static str> {
    rows(PRIMARY).find_map(|line| {
        let mut cells = line.split('\t');
        (cells.next() == Some(family) && cells.next() == Some(category)).then(|| cells.next())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_point_to_categories() {
        assert_eq!(categories("用于消息推送和统计分析"), ["push", "analytics"]);
        assert_eq!(categories("download images"), Vec::<&str>::new());
        assert_eq!(distinctive("广告sdk"), 0);
        assert_eq!(distinctive("东方广告sdk"), 2);
        assert_eq!(primary("tencent", "crash"), Some("tencent-bugly"));
        assert_eq!(primary("tencent", "push"), None);
    }
}

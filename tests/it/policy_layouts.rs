//! Each layout an SDK list comes in, and each trap of the same shape, as small documents of our own.

use proptest::prelude::*;
use sdkaudit::policy::{self, Source};
use std::time::{Duration, Instant};

/// Rows of a document: name | provider | purpose | data | link | packages | reader.
pub fn rows(name: &str, text: &str) -> String {
    let source = Source::new(name.to_owned(), text.as_bytes().to_vec());
    let policy = policy::read(&[source]);
    let text = |f: &Option<policy::Field>| f.as_ref().map_or("-".to_owned(), |f| f.text.clone());
    let line = |d: &policy::Declaration| {
        let link = d.links.first().map_or("-", |l| l.url.text.as_str());
        let packages: Vec<&str> = d.packages.iter().map(|p| p.text.as_str()).collect();
        [
            d.name.text.as_str(),
            &text(&d.provider),
            &text(&d.purpose),
            &text(&d.data),
            link,
            &packages.join("+"),
            d.reader,
        ]
        .join(" ; ")
    };
    policy.declarations.iter().map(line).collect::<Vec<_>>().join("\n")
}

const HTML: &str = "<h3>第三方SDK目录</h3><table><tr><th>SDK名称</th><th>提供方</th><th>使用目的</th><th>收集的信息</th>\
    <th>隐私政策</th></tr><tr><td rowspan=2>甲推SDK（com.jia.push）</td><td rowspan=2>甲乙科技有限公司</td><td>推送</td><td>IMEI</td>\
    <td rowspan=2><a href='https://jia.example/p'>隐私政策</a></td></tr><tr><td>统计</td><td>OAID</td></tr>\
    <tr><td>丙图SDK</td><td>丙丁有限公司</td><td>地图</td><td>无</td><td>https://bing.example/privacy</td></tr></table>";

#[test]
fn tables_with_spans() {
    insta::assert_snapshot!(rows("p.html", HTML), @r"
    甲推SDK ; 甲乙科技有限公司 ; 推送 | 统计 ; IMEI | OAID ; https://jia.example/p ; com.jia.push ; table
    丙图SDK ; 丙丁有限公司 ; 地图 ; - ; https://bing.example/privacy ;  ; table
    ");
}

const PIPES: &str = "我们接入的第三方SDK如下\n\nSDK名称 | 用途 | 收集信息 | 链接\n---|---|---|---\n甲推SDK | 推送 | 设备信息 |\nhttps://jia.example/p\n\
    丙图SDK | 地图 | 位置信息 | https://bing.example/p\n";

#[test]
fn text_tables_with_wrapped_rows() {
    insta::assert_snapshot!(rows("p.txt", PIPES), @r"
    甲推SDK ; - ; 推送 ; 设备信息 ; https://jia.example/p ;  ; text-table
    丙图SDK ; - ; 地图 ; 位置信息 ; https://bing.example/p ;  ; text-table
    ");
}

const CELLS: &str = "第三方SDK清单\n\n第三方公司名称\n\n产品/服务\n\n涉及个人信息\n\n使用目的\n\n第三方链接\n\n甲乙科技有限公司\n\n甲推SDK\n\n\
    IMEI、设备型号\n\n推送消息\n\nhttps://jia.example/p\n\nhttps://jia.example/q\n\n丙丁有限公司\n\n丙图SDK\n\n位置信息\n\n\
    https://bing.example/p\n\n戊己有限公司\n\n戊付SDK\n\n设备信息\n\n用于支付\n\nhttps://wu.example/p\n\n四、其他\n";

#[test]
fn one_cell_per_line_with_missing_and_double_cells() {
    insta::assert_snapshot!(rows("p.txt", CELLS), @r"
    甲推SDK ; 甲乙科技有限公司 ; 推送消息 ; IMEI、设备型号 ; https://jia.example/p ;  ; cells
    丙图SDK ; 丙丁有限公司 ; - ; 位置信息 ; https://bing.example/p ;  ; cells
    戊付SDK ; 戊己有限公司 ; 用于支付 ; 设备信息 ; https://wu.example/p ;  ; cells
    ");
}

const LABELLED: &str = "接入第三方SDK详情\n①.SDK名称：甲推SDK\n功能：信息推送\n收集个人信息类型：设备标识符\n使用目的：推送\n隐私政策链接：https://jia.example/p\n\
    ②.SDK名称：丙图SDK\n功能：地图\n收集个人信息类型：位置\n使用目的：展示地图\n隐私政策链接：https://bing.example/p\n";

#[test]
fn labelled_blocks() {
    insta::assert_snapshot!(rows("p.txt", LABELLED), @r"
    甲推SDK ; - ; 推送 ; 设备标识符 ; https://jia.example/p ;  ; blocks
    丙图SDK ; - ; 展示地图 ; 位置 ; https://bing.example/p ;  ; blocks
    ");
}

const RUN_ON: &str = "合作方SDK信息： 第三方SDK名称：甲推 公司全称：甲乙科技有限公司 使用目的：推送 收集数据类型：设备信息 官网链接：https://jia.example/p \
    第三方SDK名称：丙图 公司全称：丙丁有限公司 使用目的：地图 收集数据类型：位置 官网链接：https://bing.example/p\n";

#[test]
fn run_on_labels() {
    insta::assert_snapshot!(rows("p.txt", RUN_ON), @r"
    甲推 ; 甲乙科技有限公司 ; 推送 ; 设备信息 ; https://jia.example/p ;  ; blocks
    丙图 ; 丙丁有限公司 ; 地图 ; 位置 ; https://bing.example/p ;  ; blocks
    ");
}

const BARE: &str = "第三方SDK目录\n\n甲推\n\n提供方名称：甲乙科技有限公司\n\n使用目的：推送\n\n隐私政策：https://jia.example/p\n\n丙图（又名：丙图地图SDK）\n\n\
    提供方名称：丙丁有限公司\n\n使用目的：地图\n\n隐私政策：https://bing.example/p\n";

#[test]
fn blocks_under_bare_names() {
    insta::assert_snapshot!(rows("p.txt", BARE), @r"
    甲推 ; 甲乙科技有限公司 ; 推送 ; - ; https://jia.example/p ;  ; blocks
    丙图（又名：丙图地图SDK） ; 丙丁有限公司 ; 地图 ; - ; https://bing.example/p ;  ; blocks
    ");
}

#[test]
fn numbers_fall_apart() {
    let text = "Third-party SDK\n1 |\nJia login |\nPurpose of use Log in scenes to be used Login page Privacy address: https://jia.example/p |\n\
        2 |\nBing Push |\nPurpose of use Push scenes to be used Start Privacy address: https://bing.example/p |\n3 |\nWu Pay |\nPurpose of use Pay scenes to be used Checkout |\n";
    insta::assert_snapshot!(rows("p.txt", text), @r"
    Jia login ; - ; Log in ; - ; https://jia.example/p ;  ; numbered
    Bing Push ; - ; Push ; - ; https://bing.example/p ;  ; numbered
    Wu Pay ; - ; Pay ; - ; - ;  ; numbered
    ");
}

#[test]
fn link_lists_and_program_data() {
    let text = "Link to privacy policy of third party service providers\n\n- Jia Analytics : https://jia.example/p\n- Bing Ads : https://bing.example/p\n";
    insta::assert_snapshot!(rows("p.txt", text), @r"
    Jia Analytics ; - ; - ; - ; https://jia.example/p ;  ; links
    Bing Ads ; - ; - ; - ; https://bing.example/p ;  ; links
    ");
    let text = "export const x = { android: [{ tit: '甲推SDK', list: [{ name: '第三方机构名称', value: '甲乙科技有限公司' }, { name: '使用场景', value: '推送' }, \
        { name: 'SDK隐私政策', value: 'https://jia.example/p' }] }, { tit: '丙图SDK', list: [{ name: '第三方机构名称', value: '丙丁有限公司' }, { name: '使用场景', value: '地图' }] }] }";
    insta::assert_snapshot!(rows("p.ts", text), @r"
    甲推SDK ; 甲乙科技有限公司 ; 推送 ; - ; https://jia.example/p ;  ; blocks
    丙图SDK ; 丙丁有限公司 ; 地图 ; - ; - ;  ; blocks
    ");
}

#[test]
fn traps_of_the_same_shape_are_no_sdks() {
    for text in [
        "<table><tr><th>权限名称</th><th>使用目的</th></tr><tr><td>相机</td><td>扫码</td></tr><tr><td>位置</td><td>定位</td></tr></table>",
        "<table><tr><th>信息类型</th><th>使用场景</th><th>使用目的</th></tr><tr><td>手机号</td><td>注册</td><td>验证</td></tr></table>",
        "第三方产品/服务类型\t涉及的个人信息\t使用场景\t使用目的\n配送服务供应商\t姓名、地址\t下单\t送货\n支付服务商\t订单号\t支付\t完成支付\n",
        "我们的SDK清单请见《第三方SDK目录》。",
    ] {
        assert_eq!(rows("p.html", text), "", "{text}");
    }
}

#[test]
fn the_same_list_twice_counts_once() {
    let twice = format!("{LABELLED}\n附录\n\n{PIPES}");
    let names: Vec<String> =
        rows("p.txt", &twice).lines().map(|l| l.split(" ; ").next().unwrap_or("").to_owned()).collect();
    assert_eq!(names, ["甲推SDK", "丙图SDK"]);
}

#[test]
fn any_prefix_of_any_layout_reads() {
    for text in [HTML, PIPES, CELLS, LABELLED, RUN_ON, BARE] {
        for (end, _) in text.char_indices().step_by(7) {
            rows("p.txt", text.get(..end).unwrap_or(""));
        }
    }
}

#[test]
fn hostile_repetition_stays_linear() {
    let units = [
        "<td rowspan=9999 colspan=9999>",
        "[a](",
        "（",
        "|\n",
        "1 |\nx |\n",
        "SDK名称：",
        "名称\n目的\n链接\n数据\n",
        "**",
        "<div><p>",
        "com.a. ",
        "https://",
        "&#x;",
        "\t",
        "> # - ",
    ];
    for unit in units {
        let text = unit.repeat(40_000 / unit.len());
        let start = Instant::now();
        rows("p.html", &text);
        rows("p.txt", &text);
        assert!(start.elapsed() < Duration::from_secs(20), "{unit}: {:?}", start.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_read(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        policy::read(&[Source::new("p".into(), bytes)]);
    }

    #[test]
    fn any_mixture_of_parts_reads(parts in proptest::collection::vec(0usize..14, 0..60)) {
        let words = ["SDK名称：", "甲SDK", "|", "\n", "<tr>", "<td>", "</table>", "<table>", "使用目的", "https://a.cn/x", "（", "）", "1、", "\t"];
        let text: String = parts.iter().filter_map(|p| words.get(*p)).copied().collect();
        for d in policy::read(&[Source::new("p.html".into(), text.clone().into_bytes())]).declarations {
            prop_assert!(d.span.end <= text.len() && text.get(d.span.start..d.span.end).is_some());
        }
    }
}

#[test]
fn bars_on_lines_of_their_own() {
    let row = |kind: &str, name: &str, data: &str| {
        format!(
            "\n{kind}\n|\n{name}\n|\n提供能力。\n|\n嵌入第三方SDK\n|\n{data}\n|\n其通过了安全认证  \n  \n"
        )
    };
    let text = format!(
        "附录：第三方合作伙伴及共享信息说明\n\n合作伙伴类型\n|\n合作伙伴名称\n|\n合作目的\n|\n合作方式\n|\n共享个人信息字段\n|\n数据安全能力描述\n{}{}",
        row("推送服务合作方", "甲推", "IMEI"),
        row("地图服务合作方", "丙图", "位置信息")
    );
    insta::assert_snapshot!(rows("p.txt", &text), @r"
    甲推 ; - ; 提供能力。 ; IMEI ; - ;  ; text-table
    丙图 ; - ; 提供能力。 ; 位置信息 ; - ;  ; text-table
    ");
}

#[test]
fn text_tables_that_lost_their_spans_are_aligned_by_what_their_cells_are() {
    let table = "附件 第三方服务列表\n\n功能| 使用目的| 第三方名称| 涉及个人信息| 第三方隐私政策\n---|---|---|---|---\n\
        支付| 为您付款| 甲付（甲乙科技有限公司）| 设备信息| https://jia.example/p\n丙付（丙丁有限公司）| 设备信息| https://bing.example/p\n\
        登录| 为您登录| 戊登| 昵称| https://wu.example/p\n己登| 头像| https://ji.example/p\n";
    insta::assert_snapshot!(rows("p.txt", table), @r"
    甲付（甲乙科技有限公司） ; 甲乙科技有限公司 ; 为您付款 ; 设备信息 ; https://jia.example/p ;  ; text-table
    丙付（丙丁有限公司） ; 丙丁有限公司 ; 为您付款 ; 设备信息 ; https://bing.example/p ;  ; text-table
    戊登 ; - ; 为您登录 ; 昵称 ; https://wu.example/p ;  ; text-table
    己登 ; - ; 为您登录 ; 头像 ; https://ji.example/p ;  ; text-table
    ");
}

#[test]
fn the_last_cell_of_a_row_may_have_several_lines() {
    let row = |name: &str, link: &str| format!("{name}\n|\nIMEI\n|\n统计\n|\n甲乙科技有限公司\n{link}\n\n");
    let table = format!(
        "第三方SDK\n\nSDK名称\n|\n收集的个人信息\n|\n使用场景\n|\nSDK所属公司及其隐私政策链接\n\n---|---|---|---\n\n{}{}{}",
        row("甲推SDK", "https://jia.example/p"),
        row("丙图", "https://bing.example/p"),
        row("戊付SDK", "https://wu.example/p"),
    );
    insta::assert_snapshot!(rows("p.txt", &table), @r"
    甲推SDK ; 甲乙科技有限公司 ; 统计 ; IMEI ; https://jia.example/p ;  ; text-table
    丙图 ; 甲乙科技有限公司 ; 统计 ; IMEI ; https://bing.example/p ;  ; text-table
    戊付SDK ; 甲乙科技有限公司 ; 统计 ; IMEI ; https://wu.example/p ;  ; text-table
    ");
}

#[test]
fn cells_that_repeat_the_row_above_and_lists_that_repeat_each_other() {
    let table = "| 第三方SDK | 用途 | 隐私政策 |\n|---|---|---|\n| 甲推SDK | 推送 | https://jia.example/p |\n| 丙图SDK | 地图 | 同上 |\n\n\
        | Third-party SDK | Purpose | Privacy Policy |\n|---|---|---|\n| 甲推SDK | Push | https://jia.example/p |\n| 丙图SDK | Map | Same as above |\n";
    insta::assert_snapshot!(rows("p.md", table), @r"
    甲推SDK ; - ; 推送 ; - ; https://jia.example/p ;  ; text-table
    丙图SDK ; - ; 地图 ; - ; https://jia.example/p ;  ; text-table
    ");
}

#[test]
fn names_with_their_links_on_the_lines_below() {
    let list = "九、第三方SDK公示\n\n以下为我们接入的第三方SDK名称及其隐私协议链接：\n\n甲推\n\nhttps://jia.example/p\n\n丙图、丙图导航SDK\n\n\
        https://bing.example/a/very-\nlong/path.html\n\n戊码扫描\n\n注：不会收集您的个人信息\n\n己付\n\nhttps://ji.example/p\n\n十、其他\n\n本协议自公布之日起生效。\n";
    insta::assert_snapshot!(rows("p.txt", list), @r"
    甲推 ; - ; - ; - ; https://jia.example/p ;  ; links
    丙图 ; - ; - ; - ; https://bing.example/a/very-long/path.html ;  ; links
    丙图导航SDK ; - ; - ; - ; https://bing.example/a/very-long/path.html ;  ; links
    戊码扫描 ; - ; - ; - ; - ;  ; links
    己付 ; - ; - ; - ; https://ji.example/p ;  ; links
    ");
}

#[test]
fn lists_in_the_source_of_a_program() {
    let dart = "Section(\n  title: '3. Third-Party SDKs',\n  content:\n      'We use third-party SDKs:\\n'\n      \
        '• Nimbus Ads: Used to serve banners. They may collect device identifiers.\\n'\n      '• Zephyr: Used for sign-in.',\n),\n";
    insta::assert_snapshot!(rows("info.dart", dart), @r"
    Nimbus Ads ; - ; serve banners ; device identifiers ; - ;  ; items
    Zephyr ; - ; sign-in ; - ; - ;  ; items
    ");
    let vue = "<template><div class=\"box\"><p>{{ text }}</p></div></template>\n<script>\nexport default {\n  data() {\n    return { text: `三、第三方SDK\n\
        1. 甲推SDK\n   开发者：甲乙科技有限公司\n   收集信息范围：IMEI\n   使用目的：推送\n` }\n  },\n}\n</script>\n";
    insta::assert_snapshot!(rows("modal.vue", vue), @"甲推SDK ; 甲乙科技有限公司 ; 推送 ; IMEI ; - ;  ; blocks");
    let tsx = "const page = [{ title: tt('s9.t0', '9. 我们使用的SDK'), text: tt('s9.p0', '我们集成了以下第三方SDK：') },\n\
        { title: tt('s9.t1', '9.1 甲加固'), text: tt('s9.p1', '目的：加固应用。 方式：收集设备信息。 范围：仅用于加固。') },\n\
        { title: tt('s9.t2', '9.2 ZipKit包'), text: tt('s9.p2', '目的：解压文件。 方式：不涉及个人信息。 范围：仅用于解压。') }]\n";
    insta::assert_snapshot!(rows("privacy.tsx", tsx), @r"
    甲加固 ; - ; 加固应用。 ; 收集设备信息。 ; - ;  ; blocks
    ZipKit包 ; - ; 解压文件。 ; - ; - ;  ; blocks
    ");
}

#[test]
fn several_names_with_as_many_links_have_one_each() {
    let html = "<table><tr><th>SDK名称</th><th>使用目的</th><th>隐私政策</th></tr><tr><td>分享SDK（甲博、乙信）</td><td>分享</td>\
        <td><a href='https://jia.example/p'>甲博隐私政策</a> <a href='https://yi.example/p'>乙信隐私政策</a></td></tr></table>";
    insta::assert_snapshot!(rows("p.html", html), @r"
    甲博 ; - ; 分享 ; - ; https://jia.example/p ;  ; table
    乙信 ; - ; 分享 ; - ; https://yi.example/p ;  ; table
    ");
}

#[test]
fn labels_with_a_remark_have_their_value_below() {
    let block = |name: &str, link: &str| {
        format!(
            "{name}\n\nSDK用途：推送\n\n第三方机构名称：甲乙科技有限公司\n\n第三方隐私政策链接，仅供参考：\n\n{link}\n\n\n"
        )
    };
    let list = format!(
        "第三方sdk信息收集说明\n\n{}{}",
        block("1、甲推SDK", "https://jia.example/p"),
        block("2、丙推SDK", "https://bing.example/p")
    );
    insta::assert_snapshot!(rows("p.md", &list), @r"
    甲推SDK ; 甲乙科技有限公司 ; 推送 ; - ; https://jia.example/p ;  ; blocks
    丙推SDK ; 甲乙科技有限公司 ; 推送 ; - ; https://bing.example/p ;  ; blocks
    ");
}

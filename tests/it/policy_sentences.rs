//! SDK lists told in sentences: items, enumerations in running text, companies; and sentences that list none.

use crate::policy_layouts::rows;

#[test]
fn items_known_by_their_company_or_their_neighbours() {
    let text = "第三方SDK：\n1、甲推：由甲乙科技有限公司提供，用于消息推送，会收集设备标识符。\n\
        2、“丙图”：该SDK由“丙丁有限公司”提供，为应用赋予定位的能力。需要收集的信息包括：\nios版本：位置信息\nandroid版本：位置信息、OAID\n\
        官方隐私政策：https://bing.example/p\n3、戊付：由戊己有限公司提供，用于支付，会收集订单信息。\n";
    insta::assert_snapshot!(rows("p.txt", text), @r"
    甲推 ; 甲乙科技有限公司 ; 消息推送 ; 设备标识符 ; - ;  ; sentences
    丙图 ; 丙丁有限公司 ; 为应用赋予定位的能力 ; ios版本：位置信息 | android版本：位置信息、OAID ; https://bing.example/p ;  ; sentences
    戊付 ; 戊己有限公司 ; 支付 ; 订单信息 ; - ;  ; sentences
    ");
    let beside = "各SDK申请的权限：\n1.甲推SDK：电话权限、存储权限\n2.乙图SDK：定位权限、存储权限\n3.丙览X5：电话权限\n\n四、其他\n1.电话权限：用于识别设备\n";
    insta::assert_snapshot!(rows("p.txt", beside), @r"
    甲推SDK ; - ; - ; - ; - ;  ; prose
    乙图SDK ; - ; - ; - ; - ;  ; prose
    丙览X5 ; - ; - ; - ; - ;  ; prose
    ");
    let lead = "- 某App集成了甲乙科技有限公司的甲推SDK，甲推SDK收集您的设备标识，获取您的网络状态，用于推送。\n\
        - 某App集成了丙丁有限公司提供的乙图SDK，乙图SDK提供定位服务，收集您的位置信息。\n\
        - 某App集成了戊己公司的Core Kit，Core Kit提供底层能力，收集您的设备标识。\n";
    insta::assert_snapshot!(rows("p.md", lead), @r"
    甲推SDK ; 甲乙科技有限公司 ; 推送 ; 设备标识 | 网络状态 ; - ;  ; sentences
    乙图SDK ; 丙丁有限公司 ; 提供定位服务 ; 位置信息 ; - ;  ; sentences
    Core Kit ; 戊己公司 ; 提供底层能力 ; 设备标识 ; - ;  ; sentences
    ");
}

#[test]
fn enumerations_around_words_that_name_no_sdk() {
    let text = "为了保障功能实现，我们的产品集成了甲盟、乙光、Crashy等第三方SDK，上述SDK会收集您的设备信息。\n\
        我们会使用第三方SDK（包括：丙穿、丁量、戊联盟）向您展示广告，需要获取您的IMEI、OAID。\n\
        推送类SDK：己推、庚推，用于消息推送。\n\
        Third-party SDKs such as Acme Analytics, Bolt Crash and Cedar Ads may be included. They collect device identifiers.\n";
    insta::assert_snapshot!(rows("p.txt", text), @r"
    甲盟 ; - ; 保障功能实现 ; 设备信息 ; - ;  ; prose
    乙光 ; - ; 保障功能实现 ; 设备信息 ; - ;  ; prose
    Crashy ; - ; 保障功能实现 ; 设备信息 ; - ;  ; prose
    丙穿 ; - ; - ; IMEI、OAID ; - ;  ; prose
    丁量 ; - ; - ; IMEI、OAID ; - ;  ; prose
    戊联盟 ; - ; - ; IMEI、OAID ; - ;  ; prose
    己推 ; - ; 消息推送 ; - ; - ;  ; prose
    庚推 ; - ; 消息推送 ; - ; - ;  ; prose
    Acme Analytics ; - ; - ; - ; - ;  ; prose
    Bolt Crash ; - ; - ; - ; - ;  ; prose
    Cedar Ads ; - ; - ; - ; - ;  ; prose
    ");
    let shared = "我们使用甲为/乙米/丙步推送SDK为您推送消息，接入了丁信和戊宝支付SDK。We use the Acme/Bolt/Cedar Push SDK.\n";
    insta::assert_snapshot!(rows("p.txt", shared), @r"
    甲为 ; - ; - ; - ; - ;  ; prose
    乙米 ; - ; - ; - ; - ;  ; prose
    丙步推送SDK ; - ; - ; - ; - ;  ; prose
    丁信 ; - ; - ; - ; - ;  ; prose
    戊宝支付SDK ; - ; - ; - ; - ;  ; prose
    Acme ; - ; - ; - ; - ;  ; prose
    Bolt ; - ; - ; - ; - ;  ; prose
    Cedar Push SDK ; - ; - ; - ; - ;  ; prose
    ");
}

#[test]
fn companies_stand_for_their_sdks() {
    let text = "我们与以下公司合作：\n（1）基于一键登录的SDK接入\n目前我们的一键登录服务由甲乙科技有限公司、丙丁信息有限公司（丙丁）提供，我们会接入他们的SDK，\
        他们会通过SDK收集您的手机号码。\n（2）我们的推送服务由甲乙科技有限公司提供，我们接入其SDK，会收集您的设备标识符。\n\
        3. 地图服务：我们接入了戊己有限公司的SDK，用于定位，会收集您的位置信息。\n";
    insta::assert_snapshot!(rows("p.txt", text), @r"
    甲乙科技有限公司 ; 甲乙科技有限公司 ; 一键登录服务 ; 手机号码 ; - ;  ; sentences
    丙丁信息有限公司（丙丁） ; 丙丁信息有限公司 ; 一键登录服务 ; 手机号码 ; - ;  ; sentences
    甲乙科技有限公司 ; 甲乙科技有限公司 ; 推送服务 ; 设备标识符 ; - ;  ; sentences
    戊己有限公司 ; 戊己有限公司 ; 定位 ; 位置信息 ; - ;  ; sentences
    ");
}

#[test]
fn purposes_and_data_of_sentences() {
    let text = "我们接入的第三方SDK如下：\n（1）支付功能：您付款时会使用丙付SDK，收集订单信息。\n\
        （2）消息推送。为了向您推送消息，我们接入了甲推SDK，该SDK需要收集您的设备信息（用于去重）、网络信息。\n\
        （3）甲乙有限公司的乙图SDK提供地图展示服务，用于定位，不会收集您的任何信息。\n\
        1. 丁览SDK-消息推送\n2. 戊图SDK-地图定位\n";
    insta::assert_snapshot!(rows("p.txt", text), @r"
    丙付SDK ; - ; 支付功能 ; 订单信息 ; - ;  ; prose
    甲推SDK ; - ; 向您推送消息 ; 设备信息（用于去重）、网络信息 ; - ;  ; prose
    乙图SDK ; - ; 提供地图展示服务，用于定位 ; - ; - ;  ; prose
    丁览SDK ; - ; 消息推送 ; - ; - ;  ; prose
    戊图SDK ; - ; 地图定位 ; - ; - ;  ; prose
    ");
}

#[test]
fn sentences_that_list_nothing() {
    let text = "我们会对第三方SDK进行安全检测。SDK（软件开发工具包）是指一种工具。\n\
        第三方SDK可能收集您的设备信息、位置信息和网络信息。SDK包括的功能有推送、统计、支付。\n\
        SDK服务商：请联系我们。第三方SDK的名称、目的、方式和范围如下：\n其SDK、此类SDK及相应SDK由其自行负责。\n\
        我们的服务由某某科技有限公司提供，与第三方共享信息时会征得您的同意。\n";
    insta::assert_snapshot!(rows("p.txt", text), @"");
}

#[test]
fn tables_of_one_sdk_and_upright_tables() {
    let one = "接入的第三方SDK：\n\n甲推SDK\n\n| 收集的个人信息 | 收集目的 |\n|---|---|\n| IMEI | 识别设备 |\n| IP地址 | 网络优化 |\n\n\
        乙图SDK\n\n| 收集的个人信息 | 收集目的 |\n|---|---|\n| 位置信息 | 定位 |\n";
    insta::assert_snapshot!(rows("p.md", one), @r"
    甲推SDK ; - ; 识别设备 | 网络优化 ; IMEI | IP地址 ; - ;  ; text-table
    乙图SDK ; - ; 定位 ; 位置信息 ; - ;  ; text-table
    ");
    let upright = "| SDK名称 | 甲推SDK |\n|---|---|\n| 提供方 | 甲乙科技有限公司 |\n| 使用目的 | 推送 |\n| 收集信息 | IMEI |\n\n\
        | SDK名称 | 乙图SDK |\n|---|---|\n| 提供方 | 开源框架 |\n| 使用目的 | 定位 |\n| 收集信息 | 未收集任何信息 |\n";
    insta::assert_snapshot!(rows("p.md", upright), @r"
    甲推SDK ; 甲乙科技有限公司 ; 推送 ; IMEI ; - ;  ; text-table
    乙图SDK ; - ; 定位 ; - ; - ;  ; text-table
    ");
}

#[test]
fn remarks_between_a_name_and_its_labels() {
    let text = "第三方SDK列表\n\n甲推SDK\n\n甲推SDK由甲乙科技有限公司提供。\n\n使用目的：推送\n\n官网链接：https://jia.example\n\n\
        乙播SDK\n\n该SDK由甲推SDK引入\n\n使用目的：视频播放\n\n官网链接：https://yi.example\n\n\
        信息收集频次公示表\n\n信息名称：IMEI\n\n使用目的：安全\n";
    insta::assert_snapshot!(rows("p.txt", text), @r"
    甲推SDK ; 甲乙科技有限公司 ; 推送 ; - ; https://jia.example ;  ; blocks
    乙播SDK ; - ; 视频播放 ; - ; https://yi.example ;  ; blocks
    ");
}

#[test]
fn names_in_quotes_behind_the_word() {
    let text = "第三方SDK接入服务所需开通的权限：\n第三方SDK“甲播、乙播SDK”为优化播放体验，需获取屏幕保持唤醒权限；\n第三方SDK“丙推”为推送消息，需获取手机状态；\n\
        第三方SDK“丁统计”进行统计分析时，可能会收集您的设备型号；\n";
    insta::assert_snapshot!(rows("p.txt", text), @r"
    甲播 ; - ; 优化播放体验 ; 屏幕保持唤醒权限 ; - ;  ; prose
    乙播SDK ; - ; 优化播放体验 ; 屏幕保持唤醒权限 ; - ;  ; prose
    丙推 ; - ; 推送消息 ; 手机状态 ; - ;  ; prose
    丁统计 ; - ; 统计分析 ; 设备型号 ; - ;  ; prose
    ");
    let english =
        "If third-party SDKs are involved, we will disclose their names, purposes and the data they take.\n";
    assert_eq!(rows("p.txt", english), "");
    assert_eq!(
        rows("p.txt", "9、SDK：Software Development Kit，软件工具开发包，一种提供接口的技术工具。\n"),
        ""
    );
}

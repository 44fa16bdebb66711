//! Whether the words before SDK name a product, a role, or nothing.

use crate::fold;
use crate::policy::words::Words;

/// Words that name no product: what is left of a name without them must be more than nothing.
static NAMELESS: Words = Words::new(
    "\
    第三方;三方;软件;开发;开发者;工具;工具包;开发包;软件开发包;服务;服务商;合作;合作方;合作伙伴;应用;程序;\
    客户端;产品;功能;技术;代码;插件;厂商;手机;终端;设备;提供;接口;平台;嵌入式;类;等;各;的;android;\
    安卓;ios;app;版;third-party;third;party;embedded;vendor;integrated;other;this;such;our;these;\
    the;a;an;any;some;following;each;its;and;or;of;in;by;via;api;cookie;h5;名称;目录;列表;清单;隐私;\
    说明;个人信息;信息;数据;用户;系统;手机厂商;供应商;运营商;主流;外部;内部;全部;mobile;software;\
    development;kit;tool;package;privacy;policy;open;source;开源;代理;共享;收集;其;此;该;本;\
    相应;对应;使用;接入;集成;嵌入;引入;公司;部分;多个;一个;多种;各类;他们;有关;内嵌;内置;收集情况;调用;主要;仅;\
    如;请以;具体;情况;获取;遵循;遵守;行为;处理;相同;同类;上述;前述;下述;参照;下表;整合;相关;协议;规则",
);

/// Words for a function alone: `推送SDK` names a role, which only the heading of an item makes a name.
static ROLES: Words = Words::new(
    "\
    推送;统计;分析;地图;定位;广告;分享;登录;登陆;支付;一键;消息;位置;验证;认证;监测;监控;崩溃;性能;\
    语音;识别;人脸;客服;音视频;直播;视频;安全;风控;社交;系统推送;数据;聚合;插件;push;payment;pay;\
    login;share;sharing;map;location;statistics;statistical;analytics;ads;ad;advertising;analysis;\
    message;social;positioning;系统;与;和;及;或;、;/;类;服务;功能;模块;业务;渠道;联运;通道;优化",
);

/// Whether a lower-case name says nothing but that it is an SDK.
pub fn nameless(name: &str) -> bool {
    left_without(name, &[&NAMELESS]) == 0
}

/// Whether a lower-case name holds more than roles and nameless words.
pub fn distinct(name: &str) -> bool {
    left_without(name, &[&NAMELESS, &ROLES]) > 0
}

/// Letters and digits left when all words of the lists and `sdk` are taken out, longest first at each place.
fn left_without(name: &str, lists: &[&[&str]]) -> usize {
    // Layout tears Chinese words: `第三 方 SDK`.
    let torn = (name.contains(' ') && name.contains(fold::is_cjk)).then(|| fold::fold(name));
    let mut rest = torn.as_ref().map_or(name, |t| t.as_str());
    let mut left = 0;
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let mut previous: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let word = lists
            .iter()
            .flat_map(|l| l.iter())
            .chain(&["sdk", "sdks"])
            .filter(|w| rest.starts_with(**w))
            .filter(|w| {
                !c.is_ascii_alphanumeric()
                    || !latin(previous) && !latin(rest.get(w.len()..).and_then(|t| t.chars().next()))
                    || **w == "sdk"
            })
            .max_by_key(|w| w.len());
        let step = word.map_or(c.len_utf8(), |w| w.len());
        if word.is_none() && c.is_alphanumeric() {
            left += 1;
        }
        previous = rest.get(..step).and_then(|t| t.chars().next_back());
        rest = rest.get(step..).unwrap_or("");
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_roles_and_nothing() {
        assert!(nameless("第三方sdk") && nameless("third-party sdk"));
        assert!(!nameless("推送sdk") && !distinct("推送sdk") && !distinct("push sdk"));
        for none in ["第三 方 sdk", "获取信息", "内嵌sdk", "情况请以sdk", "遵守相应sdk"] {
            assert!(nameless(none), "{none}");
        }
        assert!(!nameless("渠道sdk") && !distinct("参照下表联运渠道sdk"));
        assert!(distinct("云图推送sdk") && distinct("acme push sdk"));
    }
}

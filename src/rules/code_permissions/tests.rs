use crate::behaviour::{ApiUse, catalogue};
use crate::inventory::UsesPermission;
use crate::location::EntryPath;
use crate::policy::DeclaredPermission;
use crate::rules::Profile;
use crate::rules::testing::{Fixture, field, sdk};

fn told(case: &Fixture) -> Vec<String> {
    let ours = ["permission-for-one-sdk", "permission-not-in-code"];
    let findings = case.findings(Profile::Cn).into_iter().filter(|f| ours.contains(&f.rule));
    findings.map(|f| format!("{} {} {:?} {:?}", f.rule, f.subject.key, f.severity, f.confidence)).collect()
}

fn getui() -> Fixture {
    let known = sdk("getui-push", "个推", "Getui Push", "com.igexin");
    let mut case = Fixture::new(vec![known], "个推").found("getui-push", "com.igexin");
    case.inventory.app.target_sdk = Some(33);
    case.inventory.api_uses.push(ApiUse {
        api: catalogue::get("TelephonyManager.getDeviceId").expect("an entry").id,
        class: "com.igexin.sdk.A".into(),
        method: "run".into(),
        count: 1,
        at: EntryPath::root("app.apk").join("classes.dex"),
    });
    case
}

#[test]
fn permissions_are_held_against_the_code() {
    let case = |permission: &str, named: bool| {
        let mut case = getui().row("个推", Some("getui-push"), |d| {
            d.data = Some(field("IMEI"));
            if named {
                d.permissions = Some(vec![DeclaredPermission {
                    written: field("电话"),
                    permission: Some("android.permission.READ_PHONE_STATE".into()),
                }]);
            }
        });
        case.inventory.manifest.permissions.push(UsesPermission {
            name: permission.into(),
            max_sdk: None,
            sdk23: false,
            at: EntryPath::root("app.apk").join("AndroidManifest.xml"),
        });
        told(&case)
    };
    let phone = "android.permission.READ_PHONE_STATE";
    let one = format!("permission-for-one-sdk getui-push/{phone} Low Medium");
    assert_eq!(case(phone, false), [one]);
    assert_eq!(case(phone, true), [""; 0]);
    let contacts = "android.permission.READ_CONTACTS";
    assert_eq!(case(contacts, true), [format!("permission-not-in-code {contacts} Info Low")]);
    assert_eq!(case("android.permission.READ_EXTERNAL_STORAGE", true), [""; 0]);
    assert_eq!(case("android.permission.VIBRATE", true), [""; 0]);
}

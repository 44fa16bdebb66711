use super::*;
use crate::evidence::{Confidence, FeatureKind};
use crate::inventory::{Component, UsesPermission};
use crate::signature::{Detection, Indicator, PackageCluster, Sdk};

fn sdk(id: &'static str, prefix: &'static str, permissions: &[&'static str]) -> Sdk {
    let one = Indicator {
        kind: FeatureKind::Class,
        value: prefix.into(),
        weak: false,
        source: "test".into(),
        hits: Vec::new().into(),
        misses: Vec::new().into(),
    };
    Sdk {
        indicators: vec![one].into(),
        permissions: permissions.iter().map(|p| (*p).into()).collect::<Vec<_>>().into(),
        ..Sdk::new(id)
    }
}

fn found(id: &'static str, carried_by: Option<&'static str>) -> Detection {
    Detection {
        sdk: SdkId(id.into()),
        evidence: Vec::new(),
        confidence: Confidence::High,
        classes: 1,
        carried_by: carried_by.map(|c| SdkId(c.into())),
        version: None,
        relocated: false,
    }
}

fn one(api: &'static str, class: &str) -> ApiUse {
    ApiUse {
        api: catalogue::get(api).expect(api).id,
        class: class.into(),
        method: "m".into(),
        count: 2,
        at: EntryPath::root("a.apk").join("classes.dex"),
    }
}

fn behaviour(uses: Vec<ApiUse>, permissions: &[&str]) -> Behaviour {
    let database = Database::new(vec![
        sdk("ads", "com.ads", &["android.permission.READ_PHONE_STATE"]),
        sdk("push", "com.ads.push", &[]),
    ]);
    let detections = Detections {
        sdks: vec![found("ads", None), found("push", Some("ads"))],
        unknown: vec![PackageCluster { prefix: "org.thing".into(), classes: 9, at: EntryPath::root("a") }],
        own: vec![PackageCluster { prefix: "com.example".into(), classes: 9, at: EntryPath::root("a") }],
        ..Detections::default()
    };
    let mut inventory = Inventory { api_uses: uses, ..Inventory::default() };
    inventory.app.target_sdk = Some(33);
    inventory.app.min_sdk = Some(21);
    let at = EntryPath::root("a.apk").join("AndroidManifest.xml");
    inventory.manifest.permissions = permissions
        .iter()
        .map(|p| UsesPermission { name: (*p).into(), max_sdk: None, sdk23: false, at: at.clone() })
        .collect();
    inventory.manifest.components.push(Component {
        kind: FeatureKind::Receiver,
        class: "com.ads.push.Boot".into(),
        actions: vec!["android.intent.action.BOOT_COMPLETED".into(), "com.ads.OTHER".into()],
        at,
        ..component()
    });
    attribute(&inventory, &detections, &database)
}

fn component() -> Component {
    Component {
        kind: FeatureKind::Receiver,
        class: String::new(),
        authorities: Vec::new(),
        actions: Vec::new(),
        meta_data: Vec::new(),
        process: None,
        at: EntryPath::root("a"),
    }
}

#[test]
fn uses_go_to_the_longest_prefix_and_name_their_places() {
    let all = behaviour(
        vec![
            one("TelephonyManager.getDeviceId", "com.ads.Id"),
            one("TelephonyManager.getImei", "com.ads.Id2"),
            one("PackageManager.getInstalledPackages", "com.ads.push.Apps"),
            one("PackageManager.queryIntentActivities", "com.ads.push.Apps"),
            one("PackageManager.queryIntentActivities", "com.ads.Web"),
            one("ClipboardManager.getPrimaryClip", "org.thing.Clip"),
            one("ClipboardManager.getPrimaryClip", "com.example.Main"),
        ],
        &[],
    );
    let shown: Vec<String> = all
        .owners
        .iter()
        .map(|o| {
            let items =
                o.items.iter().map(|i| format!("{}{} x{}", i.item, if i.weak { "?" } else { "" }, i.calls));
            let items: Vec<String> = items.collect();
            format!("{}: {}", serde_json::to_string(&o.owner).expect("JSON"), items.join(", "))
        })
        .collect();
    let expected = [
        r#"{"kind":"sdk","key":"ads"}: app-list? x2, imei x4"#,
        r#"{"kind":"sdk","key":"push"}: app-list x2, self-start x1"#,
        r#"{"kind":"unknown","key":"org.thing"}: clipboard x2"#,
        r#"{"kind":"app"}: clipboard x2"#,
    ];
    assert_eq!(shown, expected);
    assert_eq!(all.sdk("push").and_then(|o| o.carried_by.clone()), Some(SdkId("ads".into())));
    // What Android gives: identifiers until 9, the list of apps still, in part.
    let until = |id: &str, item: &str| all.sdk(id).and_then(|o| o.item(item)).and_then(|i| i.given_until);
    assert_eq!((until("ads", "imei"), until("push", "app-list")), (Some(28), None));
    assert_eq!(all.readers("app-list", false).count(), 1);
    assert_eq!(all.readers("app-list", true).count(), 2);
}

#[test]
fn permissions_are_explained_by_calls_and_by_documents() {
    let phone = "android.permission.READ_PHONE_STATE";
    let location = "android.permission.ACCESS_COARSE_LOCATION";
    let calls = "android.permission.READ_CALL_LOG";
    let vibrate = "android.permission.VIBRATE";
    let all = behaviour(
        vec![
            one("TelephonyManager.getDeviceId", "com.ads.Id"),
            one("LocationManager.getLastKnownLocation", "com.ads.push.Where"),
            one("LocationManager.getLastKnownLocation", "com.example.Map"),
        ],
        &[phone, location, calls, vibrate, "android.permission.RECEIVE_BOOT_COMPLETED"],
    );
    let of = |name: &str| all.permissions.iter().find(|p| p.permission == name).expect("requested");
    assert_eq!(of(phone).only(), Some(Owner::Sdk(SdkId("ads".into()))));
    assert_eq!(of(location).only(), None);
    assert_eq!(of(location).needed_by, [Owner::Sdk(SdkId("push".into())), Owner::App]);
    assert!(of(calls).unexplained());
    assert!(!of(vibrate).unexplained() && !of(vibrate).known);
    assert_eq!(
        of("android.permission.RECEIVE_BOOT_COMPLETED").only(),
        Some(Owner::Sdk(SdkId("push".into())))
    );
    // Of alternatives only the requested one is named.
    let push = all.sdk("push").expect("uses");
    let named: Vec<(&str, bool)> = push.permissions.iter().map(|p| (p.permission, p.requested)).collect();
    assert_eq!(named, [(location, true), ("android.permission.RECEIVE_BOOT_COMPLETED", true)]);
}

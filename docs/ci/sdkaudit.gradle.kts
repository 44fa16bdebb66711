// apply(from = "sdkaudit.gradle.kts") in the app module. Adds `sdkauditRelease`, run after assembleRelease.
// -PsdkauditPolicy=docs/privacy.html names the policy, -PsdkauditFailOn=medium the gate.
val sdkauditRelease by tasks.registering(Exec::class) {
    group = "verification"
    description = "Compares the release package with the privacy policy."
    val policy = providers.gradleProperty("sdkauditPolicy").orElse("docs/privacy.html")
    val gate = providers.gradleProperty("sdkauditFailOn").orElse("high")
    val app = layout.buildDirectory.file("outputs/apk/release/app-release.apk")
    val report = layout.buildDirectory.file("reports/sdkaudit.html")
    dependsOn("assembleRelease")
    inputs.file(app)
    inputs.file(rootProject.file(policy.get()))
    outputs.file(report)
    commandLine(
        "sdkaudit", "check", app.get().asFile.path, "--policy", rootProject.file(policy.get()).path,
        "--fail-on", gate.get(), "-o", report.get().asFile.path,
    )
}

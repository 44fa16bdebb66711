// apply(from = "sdkaudit.gradle.kts") in the app module. Adds `sdkauditRelease`, run after assembleRelease, and
// `sdkauditBundle`, run after bundleRelease.
// -PsdkauditPolicy=docs/privacy.html names the policy, -PsdkauditFailOn=medium the gate.
fun audit(name: String, after: String, output: String) = tasks.register<Exec>(name) {
    group = "verification"
    description = "Compares the release package with the privacy policy."
    val policy = providers.gradleProperty("sdkauditPolicy").orElse("docs/privacy.html")
    val gate = providers.gradleProperty("sdkauditFailOn").orElse("high")
    val app = layout.buildDirectory.file(output)
    val report = layout.buildDirectory.file("reports/$name.html")
    dependsOn(after)
    inputs.file(app)
    inputs.file(rootProject.file(policy.get()))
    outputs.file(report)
    doFirst { report.get().asFile.parentFile.mkdirs() }
    commandLine(
        "sdkaudit", "check", app.get().asFile.path, "--policy", rootProject.file(policy.get()).path,
        "--fail-on", gate.get(), "-o", report.get().asFile.path,
    )
}

audit("sdkauditRelease", "assembleRelease", "outputs/apk/release/app-release.apk")
audit("sdkauditBundle", "bundleRelease", "outputs/bundle/release/app-release.aab")

//! Python bindings: the audit of one package, and a row of a batch, with the interpreter free while they run.

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyModule};
use sdkaudit::audit::{Options, inventory_of, judge, shown_name};
use sdkaudit::batch::auditor::Auditor;
use sdkaudit::batch::job::{Job, is_address};
use sdkaudit::batch::object::{self, Stores};
use sdkaudit::batch::record::Record;
use sdkaudit::batch::run::isolated;
use sdkaudit::package::Package;
use sdkaudit::policy::{self, Source};
use sdkaudit::report::Gate;
use sdkaudit::resolve::Resolver;
use sdkaudit::signature::Database;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

create_exception!(_sdkaudit, AuditError, PyException, "The package or a policy could not be opened at all.");

/// A path, an address, or bytes that are already in memory.
enum Input {
    Path(PathBuf),
    Address(String),
    Bytes(Vec<u8>),
}

impl<'py> FromPyObject<'_, 'py> for Input {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Input> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Input::Bytes(bytes.as_bytes().to_vec()));
        }
        if let Some(address) = object.extract::<String>().ok().filter(|text| is_address(text)) {
            return Ok(Input::Address(address));
        }
        object
            .extract::<PathBuf>()
            .map(Input::Path)
            .map_err(|_| PyTypeError::new_err("expected a path or bytes"))
    }
}

/// None, one input, or a sequence of them.
fn inputs(object: Option<Bound<'_, PyAny>>) -> PyResult<Vec<Input>> {
    match object {
        None => Ok(Vec::new()),
        Some(object) => match object.extract::<Input>() {
            Ok(one) => Ok(vec![one]),
            Err(_) => object.try_iter()?.map(|item| item?.extract::<Input>()).collect(),
        },
    }
}

/// Made once per process: every audit shares it.
fn resolver() -> &'static Resolver<'static> {
    static DATABASE: LazyLock<Database> = LazyLock::new(Database::embedded);
    static RESOLVER: LazyLock<Resolver<'static>> = LazyLock::new(|| Resolver::new(&DATABASE));
    &RESOLVER
}

/// Made once per process: connections are kept.
fn stores() -> &'static Stores {
    static STORES: LazyLock<Stores> = LazyLock::new(|| Stores::new(object::Options::default()));
    &STORES
}

fn source(index: usize, input: Input, options: &Options) -> Result<Source, String> {
    match input {
        Input::Address(address) => {
            let read = stores().read(&address, options.limits.max_document_bytes);
            let (bytes, _) = read.map_err(|e| e.to_string())?;
            Ok(Source::new(object::name(&address).to_owned(), bytes))
        }
        Input::Bytes(bytes) => Ok(Source::new(format!("policy-{}", index + 1), bytes)),
        Input::Path(path) => match std::fs::read(&path) {
            Ok(bytes) => Ok(Source::new(shown_name(&path), bytes)),
            Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        },
    }
}

fn run(package: Input, policies: Vec<Input>, name: &str, options: &Options) -> Result<String, String> {
    let mut remote = None;
    let opened = match package {
        Input::Path(path) => Package::open(&[path], &options.limits),
        Input::Bytes(bytes) => Package::from_bytes(name, bytes, &options.limits),
        Input::Address(address) => {
            let object = stores().open(&address).map_err(|e| e.to_string())?;
            remote = Some(object.clone());
            Package::from_source(object::name(&address), object, &options.limits)
        }
    };
    let inventory = opened.map(|package| inventory_of(&package, options));
    if let Some(fault) = remote.and_then(|object| object.fault()) {
        return Err(fault.to_string());
    }
    let inventory = inventory.map_err(|e| e.to_string())?;
    let sources = policies.into_iter().enumerate().map(|(i, p)| source(i, p, options));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    let audited = judge(inventory, policy::read(&sources), resolver(), &options.settings);
    serde_json::to_string(&audited.report(resolver().database(), Gate::default())).map_err(|e| e.to_string())
}

/// The report of one package as JSON text.
#[pyfunction]
#[pyo3(signature = (package, policy=None, *, name="package.apk", max_seconds=60.0))]
fn audit_json(
    py: Python<'_>,
    package: Input,
    policy: Option<Bound<'_, PyAny>>,
    name: &str,
    max_seconds: f64,
) -> PyResult<String> {
    let policies = inputs(policy)?;
    let mut options = Options::default();
    options.limits.max_time = Duration::try_from_secs_f64(max_seconds).ok();
    py.detach(|| run(package, policies, name, &options)).map_err(AuditError::new_err)
}

/// The report of one package as a dict.
#[pyfunction]
#[pyo3(signature = (package, policy=None, *, name="package.apk", max_seconds=60.0))]
fn audit<'py>(
    py: Python<'py>,
    package: Input,
    policy: Option<Bound<'py, PyAny>>,
    name: &str,
    max_seconds: f64,
) -> PyResult<Bound<'py, PyAny>> {
    let text = audit_json(py, package, policy, name, max_seconds)?;
    PyModule::import(py, "json")?.getattr("loads")?.call1((text,))
}

/// One job of a batch as a dict of plain columns. Never raises for what is wrong with the package or its
/// policies, not even for a panic: that is the job's result.
#[pyfunction]
#[pyo3(signature = (package, policies=Vec::new()))]
fn audit_row<'py>(py: Python<'py>, package: String, policies: Vec<String>) -> PyResult<Bound<'py, PyDict>> {
    static AUDITOR: LazyLock<Result<Auditor<'static>, String>> = LazyLock::new(|| {
        Auditor::new(resolver(), Options::default(), object::Options::default(), None).map_err(|e| e.to_string())
    });
    let auditor = AUDITOR.as_ref().map_err(AuditError::new_err)?;
    let job = Job { key: package, policies, columns: Default::default() };
    // An engine gives each task its cores: within one audit a single thread does all.
    let record: Record = py.detach(|| match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(alone) => alone.install(|| isolated(&job, auditor)),
        Err(_) => isolated(&job, auditor),
    });
    let of = |severity: &str| record.findings.iter().filter(|f| !f.suppressed && f.severity == severity).count();
    let row = PyDict::new(py);
    row.set_item("outcome", record.outcome.as_str())?;
    row.set_item("cause", &record.cause)?;
    row.set_item("application_id", &record.application_id)?;
    row.set_item("findings", record.findings.iter().filter(|f| !f.suppressed).count())?;
    row.set_item("high", of("high"))?;
    row.set_item("medium", of("medium"))?;
    row.set_item("package_bytes", record.package_bytes)?;
    row.set_item("fetched_bytes", record.fetched_bytes)?;
    row.set_item("report", Some(&record.report).filter(|r| !r.is_empty()))?;
    Ok(row)
}

/// Version of the tool.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[pymodule]
fn _sdkaudit(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("AuditError", module.py().get_type::<AuditError>())?;
    module.add_function(wrap_pyfunction!(audit, module)?)?;
    module.add_function(wrap_pyfunction!(audit_json, module)?)?;
    module.add_function(wrap_pyfunction!(audit_row, module)?)?;
    module.add_function(wrap_pyfunction!(version, module)?)
}

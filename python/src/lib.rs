//! Python bindings: the audit of one package, with the interpreter free while it runs.

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyModule};
use sdkaudit::audit::{Options, inventory_of, judge, shown_name};
use sdkaudit::package::Package;
use sdkaudit::policy::{self, Source};
use sdkaudit::report::Gate;
use sdkaudit::resolve::Resolver;
use sdkaudit::signature::Database;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

create_exception!(_sdkaudit, AuditError, PyException, "The package or a policy could not be opened at all.");

/// A path, or bytes that are already in memory.
enum Input {
    Path(PathBuf),
    Bytes(Vec<u8>),
}

impl<'py> FromPyObject<'_, 'py> for Input {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Input> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Input::Bytes(bytes.as_bytes().to_vec()));
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

fn source(index: usize, input: Input) -> Result<Source, String> {
    match input {
        Input::Bytes(bytes) => Ok(Source { name: format!("policy-{}", index + 1), bytes }),
        Input::Path(path) => match std::fs::read(&path) {
            Ok(bytes) => Ok(Source { name: shown_name(&path), bytes }),
            Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        },
    }
}

fn run(package: Input, policies: Vec<Input>, name: &str, options: &Options) -> Result<String, String> {
    let opened = match package {
        Input::Path(path) => Package::open(&[path], &options.limits),
        Input::Bytes(bytes) => Package::from_bytes(name, bytes, &options.limits),
    };
    let inventory = inventory_of(&opened.map_err(|e| e.to_string())?, options);
    let sources = policies.into_iter().enumerate().map(|(i, p)| source(i, p)).collect::<Result<Vec<_>, _>>()?;
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
    module.add_function(wrap_pyfunction!(version, module)?)
}

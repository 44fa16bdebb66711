//! Everything an audit may know of a package, as data: manifest, classes, libraries, files, signing.

mod build;
mod code;
mod codename;
mod declared;
mod dynamic;
mod head;
mod hidden;
mod manifest;
mod model;
mod names;
mod native;
mod read;
mod resource;
mod runtime;
mod split;
mod urls;

pub use model::{
    App, BuildComponent, Certificate, CodeFile, Component, Constant, Inventory, Manifest, MetaData,
    NativeLibrary, Part, Runtime, Signing, Url, UsesPermission,
};
pub use names::{Names, package_of};
pub use read::{Options, read};

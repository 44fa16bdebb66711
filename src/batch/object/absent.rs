//! Object stores left out of the build: the same interface, and a refusal for every address.

use super::{Fault, Identity, Options, Traffic, Why};
use crate::package::Source;
use std::borrow::Cow;
use std::io;
use std::sync::Arc;

/// No stores.
#[derive(Debug)]
pub struct Stores;

/// There is none.
#[derive(Debug)]
pub enum Object {}

impl Stores {
    /// Nothing to set up.
    pub fn new(_: Options) -> Stores {
        Stores
    }

    /// Refused.
    pub fn identity(&self, address: &str) -> Result<Identity, Fault> {
        Err(Fault::new(address, Why::NotBuilt))
    }

    /// Refused.
    pub fn open(&self, address: &str) -> Result<Arc<Object>, Fault> {
        Err(Fault::new(address, Why::NotBuilt))
    }

    /// Refused.
    pub fn read(&self, address: &str, _: u64) -> Result<(Vec<u8>, Identity), Fault> {
        Err(Fault::new(address, Why::NotBuilt))
    }
}

impl Object {
    /// Never called: there is no object.
    pub fn identity(&self) -> &Identity {
        match *self {}
    }

    /// Never called.
    pub fn traffic(&self) -> Traffic {
        match *self {}
    }

    /// Never called.
    pub fn fault(&self) -> Option<Fault> {
        match *self {}
    }
}

impl Source for Object {
    fn len(&self) -> u64 {
        match *self {}
    }

    fn read(&self, _: u64, _: usize) -> io::Result<Cow<'_, [u8]>> {
        match *self {}
    }
}

//! A certificate in one line: whose it is, who has issued it, and until when it is valid.

use der::Tag;

use super::x509_der::{Element, Elements};
use super::x509_extensions as extensions;
use super::x509_names as names;
use super::x509_oids as oids;
use super::x509_times as times;

/// What a certificate says first of all.
struct Outline<'a> {
    all: Elements<'a>,
    issuer: Element,
    validity: Element,
    subject: Element,
    behind: Elements<'a>,
}

impl<'a> Outline<'a> {
    /// That of the certificate that these bytes are.
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut all = Elements::new(bytes, 0..bytes.len());
        let certificate = all.read_tagged(Tag::Sequence)?;
        let signed = all.inside(&certificate).read_tagged(Tag::Sequence)?;
        let mut behind = all.inside(&signed);
        behind.read_if(|element| element.number() == Some(0));
        behind.read_tagged(Tag::Integer)?;
        behind.read_tagged(Tag::Sequence)?;
        Some(Self {
            issuer: behind.read_tagged(Tag::Sequence)?,
            validity: behind.read_tagged(Tag::Sequence)?,
            subject: behind.read_tagged(Tag::Sequence)?,
            all,
            behind,
        })
    }

    /// Writes the name that people know somebody by; the whole name where it has none such.
    fn put_common_name(&self, name: &Element, put: &mut dyn FnMut(&str)) {
        if !names::put_last(&self.all, name, oids::COMMON_NAME, put) {
            let whole = self.all.bytes().get(name.whole.clone());
            names::put(whole.unwrap_or_default(), put);
        }
    }
}

/// Writes whose a certificate is, who has issued it, and until when it is valid.
pub fn put(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    let Some(outline) = Outline::of(bytes) else {
        put("not taken apart");
        return;
    };
    // Clients look at the names of hosts, where there are some, and nowhere else.
    if !extensions::put_first_host(outline.behind.clone(), put) {
        outline.put_common_name(&outline.subject, put);
    }
    put(", issued by ");
    outline.put_common_name(&outline.issuer, put);
    let mut times = outline.all.inside(&outline.validity);
    if let Some(until) = times.read().and_then(|_| times.read()) {
        put(", valid until ");
        times::put(bytes.get(until.whole).unwrap_or_default(), put);
    }
}

//! From when and until when a certificate is valid (RFC 5280, section 4.1.2.5): in a time with two digits for the
//! year until 2049, and one with four from then on.

use der::asn1::{GeneralizedTime, UtcTime};
use der::{DateTime, DecodeValue as _, Header, Length, SliceReader, Tag};

use super::x509_der::Elements;
use crate::model::field::FieldDef;
use crate::model::frame::Timestamp;

/// With two digits for the year.
pub static UTC: FieldDef = FieldDef::spelled("x509af.utcTime", "Time", put_utc)
    .rfc(5280, "4.1.2.5.1")
    .meaning("A moment of UTC whose year has two digits: from 50 on, those of 19xx.");

/// With four.
pub static GENERALIZED: FieldDef =
    FieldDef::spelled("x509af.generalizedTime", "Time", put_generalized)
        .rfc(5280, "4.1.2.5.2")
        .meaning("A moment of UTC whose year has four digits, as those from 2050 on must have.");

/// The moment that stands here, of a type that is a time.
pub fn moment(tag: Tag, content: &[u8]) -> Option<DateTime> {
    let header = Header::new(tag, Length::try_from(content.len()).ok()?);
    let mut reader = SliceReader::new(content).ok()?;
    match tag {
        Tag::UtcTime => Some(
            UtcTime::decode_value(&mut reader, header)
                .ok()?
                .to_date_time(),
        ),
        Tag::GeneralizedTime => {
            let time = GeneralizedTime::decode_value(&mut reader, header).ok()?;
            Some(time.to_date_time())
        }
        _ => None,
    }
}

/// A moment as those of frames are; the last that can be told for one behind that.
pub fn timestamp(moment: DateTime) -> Timestamp {
    let nanoseconds = i64::try_from(moment.unix_duration().as_nanos());
    Timestamp::from_nanoseconds(nanoseconds.unwrap_or(i64::MAX))
}

/// Writes the time that is this element: `2046-01-01 00:00:00 UTC`.
pub fn put(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    let mut all = Elements::new(bytes, 0..bytes.len());
    if let Some(element) = all.read()
        && let Some(moment) = moment(element.tag, all.content(&element))
    {
        put_moment(moment, put);
        put(" UTC");
    }
}

fn put_utc(content: &[u8], put: &mut dyn FnMut(&str)) {
    put_content(Tag::UtcTime, content, put);
}

fn put_generalized(content: &[u8], put: &mut dyn FnMut(&str)) {
    put_content(Tag::GeneralizedTime, content, put);
}

/// Writes a time; one that is none as it stands there.
fn put_content(tag: Tag, content: &[u8], put: &mut dyn FnMut(&str)) {
    match moment(tag, content) {
        Some(moment) => {
            put_moment(moment, put);
            put(" (UTC)");
        }
        None => put(&String::from_utf8_lossy(content)),
    }
}

fn put_moment(moment: DateTime, put: &mut dyn FnMut(&str)) {
    let mut two_digits = |before: &str, number: u8| {
        put(before);
        if number < 10 {
            put("0");
        }
        put(itoa::Buffer::new().format(number));
    };
    let year = moment.year();
    let [century, of_century] =
        [year / 100, year % 100].map(|half| u8::try_from(half).unwrap_or(0));
    two_digits("", century);
    two_digits("", of_century);
    two_digits("-", moment.month());
    two_digits("-", moment.day());
    two_digits(" ", moment.hour());
    two_digits(":", moment.minutes());
    two_digits(":", moment.seconds());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(spell: crate::model::field::Spell, bytes: &[u8]) -> String {
        let mut out = String::new();
        spell(bytes, &mut |text| out.push_str(text));
        out
    }

    #[test]
    fn the_year_has_two_digits_or_four() {
        assert_eq!(
            spelled(put_utc, b"460101000000Z"),
            "2046-01-01 00:00:00 (UTC)"
        );
        assert_eq!(
            spelled(put_utc, b"990203040506Z"),
            "1999-02-03 04:05:06 (UTC)"
        );
        assert_eq!(
            spelled(put_generalized, b"20550101123456Z"),
            "2055-01-01 12:34:56 (UTC)"
        );
        assert_eq!(
            spelled(put, b"\x18\x0f99991231235959Z"),
            "9999-12-31 23:59:59 UTC"
        );
    }

    #[test]
    fn what_is_no_time_is_written_as_it_stands_there() {
        assert_eq!(spelled(put_utc, b"soon"), "soon");
        assert_eq!(spelled(put_utc, b"469901000000Z"), "469901000000Z");
        assert_eq!(spelled(put, b"\x02\x01\x01"), "");
    }

    #[test]
    fn a_moment_is_counted_as_those_of_frames_are() {
        let of = |text: &[u8]| timestamp(moment(Tag::GeneralizedTime, text).unwrap()).nanoseconds();
        assert_eq!(of(b"20260101000000Z"), 1_767_225_600_000_000_000);
        assert_eq!(of(b"99991231235959Z"), i64::MAX);
    }
}

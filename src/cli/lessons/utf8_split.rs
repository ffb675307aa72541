//! A character cut in two by the end of a segment.

use super::{CHAT, Lesson, Says, see, see_none};

pub const LESSON: Lesson = Lesson {
    name: "utf8-split",
    title: "a character cut in two by the end of a segment",
    story: "The cable takes packets of 100 bytes at most: 48 bytes of message in a segment. The client sends a letter of one byte and twenty Chinese characters of three bytes each.",
    mtu: Some(100),
    says: Says::InTurn(&["a你好你好你好你好你好你好你好你好你好你好"]),
    look: "Look at the last bytes of the first segment and the first of the second (-x shows them). 48 is 1 and 15 times 3, and 2 bytes.",
    see: &[
        see(
            "tcp.dstport == 12345 and tcp.len == 48 and frame[-2:2] == e5:a5",
            "The first segment ends with e5 a5: two of the three bytes of 好 (e5 a5 bd).",
        ),
        see(
            "tcp.dstport == 12345 and tcp.len == 13 and frame[66:1] == bd",
            "The second begins with bd, the third.",
        ),
        see_none(
            "tcp.len > 48",
            "No segment is longer: TCP counts bytes and knows no characters.",
        ),
    ],
    question: "A server decodes what each receive gives it, as the tutorials do. What happens here?",
    answer: "If a receive ends between those bytes, decoding fails, or shows two broken characters where one was sent. Bytes that are no whole character yet have to be kept until the next receive: an incremental decoder does just that, and so does this chat's server.",
    ..CHAT
};

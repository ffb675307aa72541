//! Lines of a program to copy, in little room: a comment that has none behind its line stands above it, and each line
//! of it is a comment.

use super::width;

/// How comments begin behind a line of Python, and of C.
const MARKS: [&str; 2] = ["#", "//"];

/// The lines of a program, of which comments take at most `cells` cells. Statements stay as they are.
pub fn lines(code: &str, cells: usize) -> Vec<String> {
    let mut out = Vec::new();
    for line in code.lines() {
        match commented(line) {
            Some((statement, mark, comment)) if width::of(line) > cells => {
                let indent = statement.len() - statement.trim_start_matches(' ').len();
                let begin = format!("{:indent$}{mark} ", "");
                let options = width::prose(cells)
                    .initial_indent(&begin)
                    .subsequent_indent(&begin);
                let above = textwrap::wrap(comment, options);
                out.extend(above.into_iter().map(String::from));
                out.push(statement.to_owned());
            }
            _ => out.push(line.to_owned()),
        }
    }
    out
}

/// A statement, and the comment behind it with its mark.
fn commented(line: &str) -> Option<(&str, &str, &str)> {
    MARKS.into_iter().find_map(|mark| {
        let (statement, comment) = line.split_once(&format!("   {mark} "))?;
        Some((statement.trim_end(), mark, comment))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_without_room_stands_above_its_line() {
        let python = "if a:\n    s.shutdown(socket.SHUT_WR)   # that was all of it";
        assert_eq!(lines(python, 60), python.lines().collect::<Vec<_>>());
        assert_eq!(
            lines(python, 20),
            [
                "if a:",
                "    # that was all",
                "    # of it",
                "    s.shutdown(socket.SHUT_WR)"
            ]
        );
        let c = "shutdown(s, SHUT_WR);   // that was all";
        assert_eq!(lines(c, 30), ["// that was all", "shutdown(s, SHUT_WR);"]);
    }
}

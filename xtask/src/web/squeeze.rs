//! Drops comments and needless space. A real minifier would save a little more on a phone and cost
//! more than a minute of building (lightningcss: 82 s on two cores).

/// JavaScript without the lines that are comments, and without indentation.
///
/// Left as it is if a template string runs over several lines: there, space means something.
pub(super) fn js(source: &str) -> String {
    if source.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return source.to_owned();
    }
    let mut text = String::with_capacity(source.len());
    let mut in_comment = false;
    for mut line in source.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        // Code may follow where a comment ends, and another comment follow that.
        while in_comment {
            let Some((_, rest)) = line.split_once("*/") else { break };
            line = rest.trim_start();
            in_comment = line.starts_with("/*");
        }
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// A style sheet without comments, and with single spaces.
pub(super) fn css(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    let mut quote = None;
    while let Some(c) = chars.next() {
        if let Some(end) = quote {
            text.push(c);
            if c == '\\' {
                text.extend(chars.next());
            } else if c == end {
                quote = None;
            }
        } else if c == '/' && chars.peek() == Some(&'*') {
            chars.next();
            let mut last = ' ';
            // A comment separates as a space does.
            for c in chars.by_ref() {
                if last == '*' && c == '/' {
                    break;
                }
                last = c;
            }
            space(&mut text);
        } else if c.is_ascii_whitespace() {
            space(&mut text);
        } else {
            // No selector or value needs a space beside these. (Beside `:` and `(` some do.)
            if matches!(c, '{' | '}' | ';' | ',') && text.ends_with(' ') {
                text.pop();
            }
            if c == '"' || c == '\'' {
                quote = Some(c);
            }
            text.push(c);
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn space(text: &mut String) {
    if !text.is_empty() && !text.ends_with([' ', '{', '}', ';', ',']) {
        text.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javascript_loses_comments_and_indentation() {
        let source = "// one\nfunction f() {\n    /** two\n     * three\n     */\n    return \"// four\"; // five\n}\n";
        assert_eq!(js(source), "function f() {\nreturn \"// four\"; // five\n}\n");
        assert_eq!(js("/* one */ f();\n/* two\n*/ /* three */ g(); /* four */\n"), "f();\ng(); /* four */\n");
    }

    #[test]
    fn javascript_with_long_template_strings_stays() {
        let source = "const a = `one\n  two`;\n";
        assert_eq!(js(source), source);
    }

    #[test]
    fn styles_keep_the_spaces_that_mean_something() {
        for (source, expected) in [
            (
                "/* a */ p { color : red ; }\n\n a:hover , b > c { margin: 0  auto }",
                "p{color : red;}a:hover,b > c{margin: 0 auto}",
            ),
            ("p :hover { width: calc(1px + 2px) }", "p :hover{width: calc(1px + 2px)}"),
            ("q::before { content: \"a  /* no */ \\\"  b\" }", "q::before{content: \"a  /* no */ \\\"  b\"}"),
            ("a/**/b{}", "a b{}"),
            ("@media (min-width: 1px) and (color) {}", "@media (min-width: 1px) and (color){}"),
            ("a { /* open", "a{"),
        ] {
            assert_eq!(css(source), expected);
        }
    }
}

//! The elements of HTML by what they do to the text in them.

/// Elements whose text is not shown.
pub fn is_hidden(name: &str) -> bool {
    matches!(
        name,
        "script" | "style" | "head" | "title" | "svg" | "math" | "object" | "iframe" | "select" | "del"
    )
}

/// Elements without an end tag.
pub fn is_void(name: &str) -> bool {
    matches!(
        name,
        "img"
            | "input"
            | "meta"
            | "link"
            | "br"
            | "hr"
            | "col"
            | "base"
            | "wbr"
            | "source"
            | "area"
            | "embed"
            | "param"
    )
}

/// Elements that begin and end lines.
pub fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "aside"
            | "nav"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "table"
            | "thead"
            | "tbody"
            | "tfoot"
            | "tr"
            | "td"
            | "th"
            | "caption"
            | "blockquote"
            | "pre"
            | "form"
            | "fieldset"
            | "address"
            | "figure"
            | "center"
            | "body"
            | "html"
            | "details"
            | "summary"
            | "template"
            | "view"
            | "button"
            | "textarea"
    )
}

/// Elements of HTML; in text anything else in angle brackets is text.
pub fn is_element(name: &str) -> bool {
    is_block(name)
        || is_void(name)
        || is_hidden(name)
        || matches!(
            name,
            "a" | "b"
                | "strong"
                | "i"
                | "em"
                | "u"
                | "s"
                | "span"
                | "font"
                | "small"
                | "big"
                | "sub"
                | "sup"
                | "code"
                | "tt"
                | "kbd"
                | "samp"
                | "mark"
                | "label"
                | "ins"
                | "strike"
                | "abbr"
                | "cite"
                | "q"
                | "time"
                | "noscript"
                | "tbody"
                | "colgroup"
                | "option"
                | "text"
                | "rich-text"
                | "xmp"
                | "plaintext"
                | "body"
                | "picture"
                | "video"
                | "audio"
                | "canvas"
                | "ruby"
                | "rt"
                | "rp"
                | "bdo"
                | "bdi"
                | "center"
        )
        || name.contains(':') && !name.starts_with("http")
}

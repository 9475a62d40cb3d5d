//! A program that uses every operation of a generated crate, out of the examples in the crate's documentation.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// The program, of the examples in the Rust files of this folder, for the crate of this name in Rust.
///
/// Each example becomes a boxed future: boxing is what makes its machine code.
pub(crate) fn program(folder: &Path, name: &str) -> Result<String> {
    let entries = fs::read_dir(folder).with_context(|| format!("{}: cannot be read", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("{}: cannot be read", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    // The order of a folder differs between machines, and with it what is compiled.
    files.sort();
    let mut futures = String::new();
    for file in &files {
        let text = fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
        for body in bodies(&text) {
            futures += &format!("Box::pin(async move {{\n{body}Ok(())\n}}),\n");
        }
    }
    ensure!(!futures.is_empty(), "{}: no examples of operations there", folder.display());
    Ok(format!(
        "#![allow(deprecated, unused)]\n\
         use std::{{future::Future, pin::Pin}};\n\
         use {name}::{{Client, Error}};\n\
         type Example<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;\n\
         pub fn every_operation(client: &Client) -> Vec<Example<'_>> {{\nvec![\n{futures}]\n}}\n"
    ))
}

/// What readers see of each example: the hidden lines are the function around it.
fn bodies(text: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    let mut body: Option<String> = None;
    for line in text.lines() {
        let Some(said) = line.trim_start().strip_prefix("///").map(str::trim) else { continue };
        match &mut body {
            None if said == "```no_run" => body = Some(String::new()),
            None => {}
            Some(_) if said == "```" => bodies.extend(body.take()),
            Some(_) if said.starts_with('#') => {}
            Some(body) => {
                body.push_str(said);
                body.push('\n');
            }
        }
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATION: &str = "
    /// Deletes.
    ///
    /// ```no_run
    /// # async fn example(client: &a::Client) -> Result<(), a::Error> {
    /// let answer = client
    ///     .delete_user(\"user_1\").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete_user(&self) {}
    /// ```json
    /// {}
    /// ```
    pub fn other(&self) {}
";

    #[test]
    fn an_example_is_taken_without_what_readers_do_not_see() {
        assert_eq!(bodies(OPERATION), ["let answer = client\n.delete_user(\"user_1\").send().await?;\n"]);
    }

    #[test]
    fn a_folder_without_examples_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(program(folder.path(), "a").is_err());
        fs::write(folder.path().join("users.rs"), OPERATION).unwrap();
        assert!(program(folder.path(), "a").unwrap().contains("delete_user"));
    }
}

//! The journal: checked JSON lines in segments, on disk before anything acts on them.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use crate::model::event::{Event, Record};

/// A segment is closed when it has grown to this size; small enough to be copied and read by hand.
const SEGMENT_OCTETS_MAX: u64 = 8 * 1024 * 1024;

/// Hexadecimal digits of the checksum: 8 octets of SHA-256, against damage, not against forgery.
const SUM_DIGITS: usize = 16;
const SUM_KEY: &[u8] = b",\"sum\":\"";
const SUM_END: &[u8] = b"\"}";

/// Why the journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk refused.
    #[error("cannot {doing} {}: {source}; see that the disk is mounted and has room", file.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// On which file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A record is damaged, and not at the end, where a power cut would explain it.
    #[error(
        "{}:{line}: this record is damaged ({why}); nothing was changed. Restore the file from a backup, \
         or move it away together with the rest of the state: what was sent is then learned again from the Sent folder",
        file.display()
    )]
    Damaged {
        /// In which segment.
        file: PathBuf,
        /// On which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// An earlier write failed and could not be undone.
    #[error("the journal was closed after a failed write; restart amiable when the disk has room")]
    Closed,
}

impl JournalError {
    /// Whether trying again later can help, as when a disk was full.
    pub fn is_transient(&self) -> bool {
        !matches!(self, JournalError::Damaged { .. })
    }
}

/// A last line that a power cut left unfinished: set aside, not lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Where its bytes were kept.
    pub kept_in: PathBuf,
    /// How many bytes.
    pub octets: u64,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineFault {
    /// It has no end or no fitting checksum: at the very end of the journal, a power cut explains it.
    Torn(String),
    /// It is as it was written, and does not belong here or is of another version: no power cut does that.
    Foreign(String),
}

impl LineFault {
    fn torn(why: &str) -> LineFault {
        LineFault::Torn(why.to_string())
    }

    fn why(self) -> String {
        let (LineFault::Torn(why) | LineFault::Foreign(why)) = self;
        why
    }
}

/// The open journal, at its end.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    file: File,
    segment: u32,
    octets: u64,
    seq: u64,
    closed: bool,
}

impl Journal {
    /// Opens the journal in a directory and hands every record over in order, each with its checksum.
    pub fn open(dir: &Path, each: &mut dyn FnMut(Record, &str)) -> Result<(Journal, Option<TornTail>), JournalError> {
        fs::create_dir_all(dir).map_err(|source| fault("create", dir, source))?;
        if let Some(parent) = dir.parent().filter(|parent| parent.is_dir()) {
            // A directory's own name, too, is on the disk only when the one above it is.
            let synced = File::open(parent).and_then(|parent| parent.sync_all());
            synced.map_err(|source| fault("create", dir, source))?;
        }
        let mut segments = segments_in(dir)?;
        let (mut seq, mut torn) = (0, None);
        for (at, segment) in segments.iter().enumerate() {
            let is_last = at + 1 == segments.len();
            torn = read_segment(&segment_path(dir, *segment), is_last, &mut seq, each)?;
        }
        if segments.is_empty() {
            segments.push(1);
        }
        let segment = segments.last().copied().unwrap_or(1);
        let (file, octets) = open_segment(dir, segment)?;
        Ok((
            Journal {
                dir: dir.to_path_buf(),
                file,
                segment,
                octets,
                seq,
                closed: false,
            },
            torn,
        ))
    }

    /// Writes one event down and returns only when it is on the disk. After an error nothing was written.
    pub fn append(&mut self, at: DateTime<Utc>, event: Event) -> Result<(Record, String), JournalError> {
        if self.closed {
            return Err(JournalError::Closed);
        }
        if self.octets >= SEGMENT_OCTETS_MAX {
            (self.file, self.octets) = open_segment(&self.dir, self.segment + 1)?;
            self.segment += 1;
        }
        let record = Record {
            seq: self.seq + 1,
            at,
            event,
        };
        let path = segment_path(&self.dir, self.segment);
        let (line, sum) = line_of(&record).map_err(|source| fault("write a record to", &path, source))?;
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            // Half a line must not stay before the next whole one.
            let undone = self.file.set_len(self.octets);
            self.closed = undone.is_err();
            return Err(fault("write a record to", &path, source));
        }
        self.octets += line.len() as u64;
        self.seq = record.seq;
        Ok((record, sum))
    }
}

/// Every line of the journal as it stands on disk, for `export`.
pub fn export(dir: &Path, out: &mut dyn Write) -> Result<(), JournalError> {
    for segment in segments_in(dir)? {
        let path = segment_path(dir, segment);
        let mut file = File::open(&path).map_err(|source| fault("read", &path, source))?;
        io::copy(&mut file, out).map_err(|source| fault("copy out", &path, source))?;
    }
    Ok(())
}

fn fault(doing: &'static str, file: &Path, source: io::Error) -> JournalError {
    JournalError::Io {
        doing,
        file: file.to_path_buf(),
        source,
    }
}

fn segment_path(dir: &Path, segment: u32) -> PathBuf {
    dir.join(format!("{segment:06}.jsonl"))
}

/// The numbers of the segments, in order and without a gap.
fn segments_in(dir: &Path) -> Result<Vec<u32>, JournalError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir).map_err(|source| fault("list", dir, source))? {
        let entry = entry.map_err(|source| fault("list", dir, source))?;
        let name = entry.file_name();
        let number: Option<u32> = name
            .to_str()
            .and_then(|name| name.strip_suffix(".jsonl"))
            .and_then(|stem| stem.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    for (at, number) in numbers.iter().enumerate() {
        if *number as usize != at + 1 {
            let why = format!("segment {:06}.jsonl is missing", at + 1);
            return Err(JournalError::Damaged {
                file: segment_path(dir, *number),
                line: 1,
                why,
            });
        }
    }
    Ok(numbers)
}

fn open_segment(dir: &Path, segment: u32) -> Result<(File, u64), JournalError> {
    let path = segment_path(dir, segment);
    let opened = OpenOptions::new().create(true).append(true).open(&path);
    let file = opened.map_err(|source| fault("open", &path, source))?;
    // The name of a new file is on the disk only when its directory is.
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|source| fault("open", &path, source))?;
    let octets = file.metadata().map_err(|source| fault("open", &path, source))?.len();
    Ok((file, octets))
}

fn read_segment(
    path: &Path,
    is_last: bool,
    seq: &mut u64,
    each: &mut dyn FnMut(Record, &str),
) -> Result<Option<TornTail>, JournalError> {
    let file = File::open(path).map_err(|source| fault("read", path, source))?;
    let octets = file.metadata().map_err(|source| fault("read", path, source))?.len();
    let mut lines = BufReader::new(file);
    let (mut good_to, mut number) = (0u64, 0u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines
            .read_until(b'\n', &mut line)
            .map_err(|source| fault("read", path, source))? as u64;
        if read == 0 {
            return Ok(None);
        }
        number += 1;
        match parse_line(&line, *seq + 1) {
            Ok((record, sum)) => {
                *seq = record.seq;
                each(record, &sum);
                good_to += read;
            }
            // Position and findings, hold and reading share a record: without its last line the journal is whole.
            Err(LineFault::Torn(_)) if is_last && good_to + read == octets => {
                return cut_off(path, good_to, &line).map(Some);
            }
            Err(fault) => {
                return Err(JournalError::Damaged {
                    file: path.to_path_buf(),
                    line: number,
                    why: fault.why(),
                });
            }
        }
    }
}

/// Shortens the segment to its last whole line; the torn bytes are kept beside it first.
fn cut_off(path: &Path, good_to: u64, torn: &[u8]) -> Result<TornTail, JournalError> {
    let kept_in = path.with_extension(format!("torn-at-{good_to}"));
    fs::write(&kept_in, torn).map_err(|source| fault("set torn bytes aside in", &kept_in, source))?;
    let file = OpenOptions::new()
        .write(true)
        .open(path)
        .map_err(|source| fault("mend", path, source))?;
    file.set_len(good_to)
        .and_then(|()| file.sync_all())
        .map_err(|source| fault("mend", path, source))?;
    Ok(TornTail {
        kept_in,
        octets: torn.len() as u64,
    })
}

fn line_of(record: &Record) -> io::Result<(Vec<u8>, String)> {
    let mut line = serde_json::to_vec(record)?;
    line.pop(); // the closing brace, which comes back after the checksum
    let sum = sum_of(&line);
    line.extend_from_slice(SUM_KEY);
    line.extend_from_slice(sum.as_bytes());
    line.extend_from_slice(SUM_END);
    line.push(b'\n');
    Ok((line, sum))
}

/// Reads one line; what is wrong with it is said in a few words.
pub fn parse_line(line: &[u8], expected_seq: u64) -> Result<(Record, String), LineFault> {
    let no_sum = || LineFault::torn("it has no checksum");
    let line = line
        .strip_suffix(b"\n")
        .ok_or_else(|| LineFault::torn("it has no end"))?;
    let rest = line.strip_suffix(SUM_END).ok_or_else(no_sum)?;
    let (head, sum) = rest
        .split_at_checked(rest.len().saturating_sub(SUM_DIGITS))
        .ok_or_else(no_sum)?;
    let body = head.strip_suffix(SUM_KEY).ok_or_else(no_sum)?;
    let expected = sum_of(body);
    if sum != expected.as_bytes() {
        return Err(LineFault::torn("its checksum does not fit"));
    }
    let whole = [body, b"}"].concat();
    let record: Record = serde_json::from_slice(&whole)
        .map_err(|error| LineFault::Foreign(format!("this version does not know its form: {error}")))?;
    if record.seq != expected_seq {
        let why = format!("it is number {}, where {expected_seq} should stand", record.seq);
        return Err(LineFault::Foreign(why));
    }
    Ok((record, expected))
}

fn sum_of(body: &[u8]) -> String {
    Sha256::digest(body)
        .iter()
        .take(SUM_DIGITS / 2)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::digest::ContentDigest;
    use crate::wires::journal::*;

    fn opened() -> Event {
        Event::Opened {
            account: ContentDigest::of(&[b"me@test.example"]),
        }
    }

    fn reopen(dir: &Path) -> Result<(Vec<u64>, Option<TornTail>), JournalError> {
        let mut seen = Vec::new();
        let (_, torn) = Journal::open(dir, &mut |record, _| seen.push(record.seq))?;
        Ok((seen, torn))
    }

    fn written(records: u64) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(dir.path(), &mut |_, _| ()).unwrap();
        for _ in 0..records {
            journal.append(DateTime::UNIX_EPOCH, opened()).unwrap();
        }
        let path = segment_path(dir.path(), 1);
        (dir, path)
    }

    #[test]
    fn what_was_appended_is_read_back() {
        let (dir, _) = written(3);
        assert_eq!(reopen(dir.path()).unwrap(), (vec![1, 2, 3], None));
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_kept() {
        for cut in [1, 20, 100] {
            let (dir, path) = written(3);
            let octets = fs::metadata(&path).unwrap().len();
            OpenOptions::new()
                .write(true)
                .open(&path)
                .unwrap()
                .set_len(octets - cut)
                .unwrap();
            let (seen, torn) = reopen(dir.path()).unwrap();
            assert_eq!(seen, [1, 2], "cut by {cut}");
            assert!(torn.unwrap().kept_in.exists());
            let (mut journal, torn) = Journal::open(dir.path(), &mut |_, _| ()).unwrap();
            assert_eq!(torn, None);
            assert_eq!(journal.append(DateTime::UNIX_EPOCH, opened()).unwrap().0.seq, 3);
        }
    }

    #[test]
    fn damage_elsewhere_stops_with_file_and_line() {
        let (dir, path) = written(3);
        let mut bytes = fs::read(&path).unwrap();
        let second = bytes.iter().position(|b| *b == b'\n').unwrap() + 10;
        bytes[second] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let error = reopen(dir.path()).unwrap_err();
        assert!(matches!(&error, JournalError::Damaged { line: 2, .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "nothing is overwritten");
    }

    #[test]
    fn a_whole_record_is_never_cut_off() {
        // A later version wrote the last line: its checksum fits, and a power cut does not write whole lines.
        let (dir, path) = written(2);
        let body: &[u8] = b"{\"seq\":3,\"at\":\"1970-01-01T00:00:00Z\",\"event\":\"forgotten\"";
        let line = [body, SUM_KEY, sum_of(body).as_bytes(), SUM_END, b"\n"].concat();
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(&line);
        fs::write(&path, &bytes).unwrap();
        let error = reopen(dir.path()).unwrap_err();
        assert!(matches!(&error, JournalError::Damaged { line: 3, .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "nothing is overwritten");
    }

    #[test]
    fn a_missing_segment_is_damage() {
        let (dir, path) = written(1);
        fs::rename(&path, segment_path(dir.path(), 2)).unwrap();
        assert!(matches!(reopen(dir.path()), Err(JournalError::Damaged { .. })));
    }
}

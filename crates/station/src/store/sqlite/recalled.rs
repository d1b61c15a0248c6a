//! When something that another agency was given was taken back last, so that it is told of that after a restart too.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, Transaction, params};

use super::StoreError;
use crate::limits::RECALLED_KEPT_MAX;

pub(super) fn write(to: &Transaction<'_>, agency: &str, at: Timestamp) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO recalled VALUES (?1, ?2)";
    to.prepare_cached(insert)?.execute(params![agency, at.as_millisecond()])?;
    let surplus = "DELETE FROM recalled WHERE agency IN (
        SELECT agency FROM recalled ORDER BY at DESC, agency LIMIT -1 OFFSET ?1)";
    let most = i64::try_from(RECALLED_KEPT_MAX).unwrap_or(i64::MAX);
    to.prepare_cached(surplus)?.execute([most])?;
    Ok(())
}

/// By agency; none where nothing was ever taken back.
pub(crate) fn recalled(data: &Path) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let path = data.join("store").join("watchline.sqlite");
    read(&path).map_err(|source| StoreError::Sqlite { path, source })
}

fn read(path: &Path) -> rusqlite::Result<BTreeMap<String, Timestamp>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let mut statement = connection.prepare("SELECT agency, at FROM recalled")?;
    let rows = statement.query_map([], |row| {
        let at = Timestamp::from_millisecond(row.get(1)?).unwrap_or(Timestamp::MIN);
        Ok((row.get(0)?, at))
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use watch::audit::{Audit, Audited};
    use watch::journal::{Entry, Input};

    use super::super::Projection;
    use super::*;
    use crate::store::Stepped;

    #[test]
    fn the_last_recall_of_each_agency_is_kept_and_of_too_many_the_newest() {
        let home = tempfile::tempdir().unwrap();
        let mut projection = Projection::open(home.path(), "r", 0).unwrap();
        let most = RECALLED_KEPT_MAX as u64;
        let army = [1, most + 5].map(|second| recall("army", second));
        let others = (2..most + 5).map(|second| recall(&format!("agency-{second}"), second));
        let steps: Vec<Stepped> = army[..1].iter().cloned().chain(others).collect();
        projection.apply(&steps).unwrap();
        projection.apply(&army[1..]).unwrap();
        drop(projection);

        let kept = recalled(home.path()).unwrap();

        assert_eq!(kept.len(), RECALLED_KEPT_MAX);
        assert_eq!(kept.get("army"), Some(&seconds(most + 5)));
        assert_eq!(kept.values().min(), Some(&seconds(6)));
    }

    fn recall(agency: &str, second: u64) -> Stepped {
        let what = Audited::Recalled { agency: agency.to_owned() };
        let input = Input::Audited(Audit { by: None, what });
        let entry = Entry::new(seconds(second), input);
        Stepped { index: second, entry, outputs: Arc::default() }
    }

    fn seconds(count: u64) -> Timestamp {
        Timestamp::from_second(count.cast_signed()).unwrap()
    }
}

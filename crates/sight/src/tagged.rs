//! Enums that people are told with their variant's name in a field, and that are kept by their variant's number.

/// Defines an enum whose form depends on who reads it.
///
/// Formats for people (JSON) get the variant's name in the field `tag` beside the variant's own fields. Formats that hold
/// no names (postcard) get the variant's number and its fields, for what is tagged by a name cannot be read from them.
#[macro_export]
macro_rules! tagged {
    ($tag:literal, $remote:literal, $(#[$meta:meta])* pub enum $name:ident { $($body:tt)* }) => {
        $(#[$meta])*
        pub enum $name { $($body)* }

        const _: () = {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            #[derive(Serialize, Deserialize)]
            #[serde(remote = $remote, tag = $tag, rename_all = "kebab-case")]
            enum Told { $($body)* }

            #[derive(Serialize, Deserialize)]
            #[serde(remote = $remote)]
            enum Kept { $($body)* }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                    if to.is_human_readable() {
                        Told::serialize(self, to)
                    } else {
                        Kept::serialize(self, to)
                    }
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    if from.is_human_readable() {
                        Told::deserialize(from)
                    } else {
                        Kept::deserialize(from)
                    }
                }
            }
        };
    };
}

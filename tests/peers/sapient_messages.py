"""The messages of BSI Flex 335 v2.0, as `sapient-msg` publishes them from the standard's own files."""

import importlib
import pkgutil
import types

import sapient_msg.bsi_flex_335_v2_0 as published
from sapient_msg import proto_options_pb2 as options

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
UUID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"


def gathered():
    """All messages and values by their bare names."""
    files = [part.name for part in pkgutil.iter_modules(published.__path__) if part.name.endswith("_pb2")]
    modules = [importlib.import_module(f"{published.__name__}.{file}") for file in files]
    return types.SimpleNamespace(
        **{name: value for module in modules for name, value in vars(module).items() if not name.startswith("_")}
    )


pb = gathered()


def rules(field):
    """What the standard demands of a field: `is_mandatory`, `is_ulid`, `is_uuid`."""
    return field.GetOptions().Extensions[options.field_options]


def needs_one(group):
    """Whether one of a oneof's members must be there."""
    return group.GetOptions().Extensions[options.oneof_options].is_mandatory

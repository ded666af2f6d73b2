"""Code mappings in the database: which integrations use them, keep a whole one, map one value."""

from collections.abc import Mapping

from django.db import transaction

from rollbook.accounts.models import Tenant
from rollbook.core.codes import CodeMapping, Otherwise, code_model, default_otherwise, faults
from rollbook.core.errors import SettingsError
from rollbook.core.layout import Layout
from rollbook.core.vocabulary import CODE_MODELS, CodeModel, fold
from rollbook.integrations import changing, inbox, models, options


def models_of(layout: Layout) -> list[CodeModel]:
    """The code models by which the rows of a layout are read, in the order of the vocabularies."""
    used = set()
    for sheet in layout.sheets:
        read = {column for rule in sheet.rules for column in rule.columns()}
        columns = (*sheet.columns, *(lookup.column for lookup in sheet.lookups))
        used |= {column.code for column in columns if column.name in read and not column.drop}
    return [model for name, model in CODE_MODELS.items() if name in used]


def users_of(row: models.CodeMapping) -> list[models.Integration]:
    """The integrations that use a code mapping."""
    setting = f"codes.{row.model}"
    mine = models.Integration.objects.filter(tenant=row.tenant).order_by("name")
    return [integration for integration in mine if integration.settings.get(setting) == row.name]


def keep(tenant: Tenant, name: str, mapping: CodeMapping) -> models.CodeMapping:
    """
    Store a code mapping under a name, in place of the one that has it.

    Raises:
        SettingsError: It cannot be used, or the name belongs to a mapping of another code model. Nothing was changed.
    """
    if wrong := faults(mapping):
        raise SettingsError(f"{' '.join(wrong)} Nothing was changed.")
    with transaction.atomic():
        row = _row(tenant, name) or models.CodeMapping(tenant=tenant, name=name, model=mapping.model)
        if row.model != mapping.model:
            raise SettingsError(
                f"{name!r} is a code mapping of the model {row.model}, which does not change. Nothing was changed. "
                "Choose another name."
            )
        row.entries, row.is_exact = dict(mapping.entries), mapping.exact
        row.otherwise, row.otherwise_value = mapping.otherwise.value, mapping.value
        row.full_clean(validate_unique=False, validate_constraints=False)
        row.save()
        for integration in users_of(row):
            inbox.forget_known(integration, mapping)
    return row


def map_value(integration: models.Integration, model: str, external: str, value: str) -> models.CodeMapping:
    """
    Say what one value of an SIS means, in the code mapping that the integration uses for the model.

    Without one, a mapping of its own is made and the integration told to use it; all else stays as it was.

    Args:
        value: A canonical value, or anything the model understands by itself, such as its label.

    Returns:
        The mapping, which other integrations may use too.

    Raises:
        SettingsError: The value is not one of the model. Nothing was changed.
    """
    vocabulary = code_model(model)
    with transaction.atomic():
        name, known = _own(integration, model)
        meant = vocabulary.synonyms.get(fold(value), value.strip())
        entries = _with_entry(known.entries, external, meant, exact=known.exact)
        made = keep(
            integration.tenant, name, CodeMapping(model, entries, Otherwise(known.otherwise), known.value, known.exact)
        )
        changing.change(integration, {f"codes.{model}": name})
        inbox.forget_known(integration, options.as_mapping(made))
    return made


def use(integration: models.Integration, model: str, name: str) -> None:
    """
    Let an integration use a code mapping of its tenant for a model; a blank name: none.

    Raises:
        SettingsError: The tenant has no such mapping of the model. Nothing was changed.
    """
    if name and not models.CodeMapping.objects.filter(tenant=integration.tenant, name=name, model=model).exists():
        raise SettingsError(f"There is no code mapping {name!r} of {code_model(model).title}. Nothing was changed.")
    changing.change(integration, {f"codes.{model}": name or None})


def set_otherwise(integration: models.Integration, model: str, otherwise: Otherwise, value: str = "") -> None:
    """
    Say what becomes of values that an integration's mapping for a model does not know.

    Without a mapping, one of its own is made and the integration told to use it.

    Args:
        value: What they mean, for `Otherwise.VALUE`.

    Raises:
        SettingsError: The model does not allow that. Nothing was changed.
    """
    with transaction.atomic():
        name, known = _own(integration, model)
        keep(integration.tenant, name, CodeMapping(model, known.entries, otherwise, value, known.exact))
        changing.change(integration, {f"codes.{model}": name})


def _own(integration: models.Integration, model: str) -> tuple[str, CodeMapping]:
    """The mapping that an integration uses for a model, or the one that is made for it, with its name."""
    name = integration.settings.get(f"codes.{model}") or f"{integration.name[:100]} {model}"
    row = _row(integration.tenant, name)
    return name, options.as_mapping(row) if row else CodeMapping(model, otherwise=default_otherwise(model))


def _row(tenant: Tenant, name: str) -> models.CodeMapping | None:
    return models.CodeMapping.objects.select_for_update().filter(tenant=tenant, name=name).first()


def _with_entry(entries: Mapping[str, str], external: str, value: str, *, exact: bool) -> dict[str, str]:
    """The entries with one more, in place of the one that means the same external value."""
    if exact:
        return {**entries, external: value}
    others = {known: meant for known, meant in entries.items() if fold(known) != fold(external)}
    return {**others, external.strip(): value}

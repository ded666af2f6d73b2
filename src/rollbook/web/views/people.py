"""People of the roster."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from rollbook.integrations.photos import photos
from rollbook.web.access import visible_people

# A browser keeps the photo and asks each time whether it may still show it: who has logged out sees none.
_KEEP_AND_ASK = "private, no-cache"


def photo(request: HttpRequest, user: UUID) -> HttpResponse:
    """The photo of a person; 404 where the hub keeps none, and where the person does not exist for the member."""
    reference = get_object_or_404(visible_people(request), pk=user).photo_url or ""
    content = photos().read(reference)
    if content is None:
        raise Http404(f"{user} has no photo here")
    etag = quote_etag(reference)
    headers = {"Cache-Control": _KEEP_AND_ASK, "ETag": etag}
    whole = HttpResponse(content, content_type="image/jpeg", headers=headers)
    return get_conditional_response(request, etag=etag, response=whole) or whole

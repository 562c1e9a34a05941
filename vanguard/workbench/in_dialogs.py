"""Forms that stay in a dialog: where a page's script asks for it, it is answered with the form alone, or with where to go on.

The addresses are those of the pages, which stay what they are without script. What a dialog cannot show (a log-in, a code of the
second factor, a page that is not found) is answered as always; the script then sends the form as a browser does, and the page comes.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers

# In the question: that a dialog asks. In the answer: that it is the inside of one.
HEADER = "X-Dialog"
INSIDE = {"workbench/command.html": "workbench/command_inside.html", "workbench/edit.html": "workbench/edit_inside.html"}


def in_dialog(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer as a dialog can take it: `{"next": address}` once it is done, the inside of the dialog while there is something to say."""
    if HEADER not in request.headers:
        return response
    if isinstance(response, HttpResponseRedirect):
        return JsonResponse({"next": response.url})
    inside = INSIDE.get(str(response.template_name)) if isinstance(response, TemplateResponse) else None
    if inside is not None and isinstance(response, TemplateResponse):
        response.template_name = inside
        page = response.context_data or {}
        if getattr(page.get("verb"), "placed", False):
            # The page behind shows the same form in its place: a label belongs to one field.
            page["form"].auto_id = f"again_{page['form'].auto_id}"
        response.headers[HEADER] = "form"
        patch_vary_headers(response, [HEADER])
    return response

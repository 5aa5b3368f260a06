"""What is typed about rooms: a code, and a room's name and words of welcome.

Left out on purpose: what follows from it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from recognizer.models import Room
from recognizer.rooms import codes


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("The room's code"),
        max_length=40,
        error_messages={"required": _("Type the six letters and digits that your teacher shows.")},
    )

    def clean_code(self) -> str:
        code = codes.read(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                _("“%(typed)s” is no code: a code has six letters and digits, and no vowels, zeros or ones."),
                params={"typed": self.cleaned_data["code"]},
            )
        return code


class RoomForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = ["name", "welcome"]
        labels = {"name": _("Name"), "welcome": _("Words of welcome")}
        help_texts = {
            "name": _("Members see it: “7b”, say. No names of people."),
            "welcome": _("Shown to whoever opens the link, before joining. May stay empty."),
        }
        widgets = {"welcome": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["name"].error_messages["required"] = _("A room needs a name.")

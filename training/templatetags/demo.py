"""Tells the frame of the admin's pages whether there is demo content.

Left out on purpose: the words, which are the template's."""

from django import template

from training.demo import banner

register = template.Library()
register.simple_tag(banner.is_shown, name="is_demo_there")

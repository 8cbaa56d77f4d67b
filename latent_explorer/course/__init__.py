"""The course: lesson frame, lessons, glossary."""

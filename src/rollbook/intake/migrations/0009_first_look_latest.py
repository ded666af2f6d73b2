from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("intake", "0008_first_look"),
    ]

    operations = [
        migrations.RenameField(model_name="firstlook", old_name="seen", new_name="latest"),
        migrations.AlterField(
            model_name="firstlook",
            name="latest",
            field=models.DateTimeField(help_text="When its sender was last at it."),
        ),
    ]

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('training', '0013_demo_content'),
    ]

    operations = [
        migrations.CreateModel(
            name='DayMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name='FiguresState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('refreshed_at', models.DateTimeField(blank=True, help_text='Up to when everything is counted.', null=True)),
                ('last_drawing', models.PositiveBigIntegerField(default=0, help_text='Days of drawings up to this are marked.')),
                ('time_zone', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='DayFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('drawings', models.PositiveIntegerField(default=0)),
                ('visitors', models.PositiveIntegerField(default=0)),
                ('hidden', models.PositiveIntegerField(default=0)),
                ('answered', models.PositiveIntegerField(default=0)),
                ('rejected', models.PositiveIntegerField(default=0)),
                ('labelled', models.PositiveIntegerField(default=0)),
                ('wrong', models.PositiveIntegerField(default=0)),
                ('waiting', models.PositiveIntegerField(default=0)),
                ('waiting_since', models.DateTimeField(blank=True, null=True)),
                ('learnable', models.PositiveIntegerField(default=0)),
                ('cells', models.JSONField(default=list)),
                ('bins', models.JSONField(default=list)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('computed_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name_plural': 'figures of days',
                'ordering': ['-day'],
                'indexes': [models.Index(fields=['computed_at'], name='training_da_compute_f90685_idx')],
            },
        ),
        migrations.CreateModel(
            name='WorkerSeen',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('process', models.CharField(max_length=120)),
                ('queues', models.JSONField(default=list)),
                ('code', models.CharField(blank=True, max_length=80)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name_plural': 'workers seen',
                'ordering': ['name', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('name', 'process'), name='worker_seen_once')],
            },
        ),
    ]

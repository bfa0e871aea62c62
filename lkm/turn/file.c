// SPDX-License-Identifier: GPL-2.0-only
/* /dev/turn: whoever has it open, has the turn. */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "ops.h"

static int turn_open(struct inode *inode, struct file *file)
{
	struct turn *turn = kzalloc(sizeof(*turn), GFP_KERNEL);
	int err;

	if (!turn)
		return -ENOMEM;

	err = turn_take(file->f_flags & O_NONBLOCK, turn);
	if (err)
		kfree(turn);
	else
		file->private_data = turn;
	return err;
}

static ssize_t turn_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	const struct turn *turn = file->private_data;
	char said[64];
	int length = scnprintf(said, sizeof(said), "waited for %u, passed by %u\n",
			       turn->waited, turn->passed);

	return simple_read_from_buffer(buf, count, pos, said, length);
}

static int turn_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	turn_give_on();
	return 0;
}

static const struct file_operations turn_fops = {
	.owner		= THIS_MODULE,
	.open		= turn_open,
	.read		= turn_read,
	.release	= turn_release,
};

static const struct class turn_class = { .name = "turn" };
static int major;

static int __init turn_init(void)
{
	struct device *device;
	int err = turn_register_ops();

	if (err)
		return err;

	major = register_chrdev(0, "turn", &turn_fops);
	if (major < 0)
		return major;

	err = class_register(&turn_class);
	if (err)
		goto out_chrdev;

	device = device_create(&turn_class, NULL, MKDEV(major, 0), NULL, "turn");
	if (!IS_ERR(device))
		return 0;

	err = PTR_ERR(device);
	class_unregister(&turn_class);
out_chrdev:
	unregister_chrdev(major, "turn");
	return err;
}

static void __exit turn_exit(void)
{
	device_destroy(&turn_class, MKDEV(major, 0));
	class_unregister(&turn_class);
	unregister_chrdev(major, "turn");
}

module_init(turn_init);
module_exit(turn_exit);
MODULE_DESCRIPTION("A queue that takes advice from programs");
MODULE_LICENSE("GPL");
